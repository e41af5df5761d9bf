/** The secret of before that works longest. */
export const stillOverlapping = () =>
  ({
    where: { revokedAt: null, expiresAt: { gt: new Date() } },
    orderBy: { expiresAt: 'desc' },
    take: 1,
    select: { expiresAt: true },
  }) as const
