import type { ReactNode } from 'react'

const icon = (name: string, drawing: ReactNode) => {
  const Icon = ({ size = 18 }: { size?: number }) => (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.8}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden
    >
      {drawing}
    </svg>
  )
  Icon.displayName = `${name}Icon`
  return Icon
}

export const ConnectionsIcon = icon('Connections', <path d="M9 7V3m6 4V3M6 7h12v4a6 6 0 0 1-12 0Zm6 10v4" />)
export const OverviewIcon = icon('Overview', <path d="M4 20h16M7 16v-5m5 5V6m5 10v-7" />)
export const RecordsIcon = icon('Records', <path d="M4 5h16v14H4Zm0 5h16M10 10v9" />)
export const CreditsIcon = icon(
  'Credits',
  <>
    <ellipse cx="12" cy="6.5" rx="7" ry="3" />
    <path d="M5 6.5v5.5c0 1.7 3.1 3 7 3s7-1.3 7-3V6.5M5 12v5.5c0 1.7 3.1 3 7 3s7-1.3 7-3V12" />
  </>,
)
export const KeyIcon = icon(
  'Key',
  <>
    <circle cx="8" cy="15" r="4" />
    <path d="m11 12 8-8m-3 3 3 3m-6 0 2 2" />
  </>,
)
export const AuditIcon = icon('Audit', <path d="M6 3h9l4 4v14H6Zm3 8h6m-6 4h6M9 7h2" />)
export const SunIcon = icon(
  'Sun',
  <>
    <circle cx="12" cy="12" r="4" />
    <path d="M12 3v1.5M12 19.5V21M3 12h1.5M19.5 12H21M5.6 5.6l1.1 1.1m10.6 10.6 1.1 1.1m0-12.8-1.1 1.1M6.7 17.3l-1.1 1.1" />
  </>,
)
export const MoonIcon = icon('Moon', <path d="M20 14.5A8 8 0 0 1 9.5 4a8 8 0 1 0 10.5 10.5Z" />)
export const SignOutIcon = icon('SignOut', <path d="M14 4h5v16h-5M10 8l-4 4 4 4m-4-4h9" />)
export const SearchIcon = icon(
  'Search',
  <>
    <circle cx="11" cy="11" r="6" />
    <path d="m20 20-4.5-4.5" />
  </>,
)
export const CopyIcon = icon('Copy', <path d="M9 9h11v11H9Zm-4 6H4V4h11v1" />)
export const DoneIcon = icon('Done', <path d="m5 12.5 4.5 4.5L19 7.5" />)
export const ExternalIcon = icon('External', <path d="M14 4h6v6m0-6-9 9M18 14v6H4V6h6" />)
export const PlusIcon = icon('Plus', <path d="M12 5v14M5 12h14" />)
export const AlertIcon = icon('Alert', <path d="M12 4 2.8 19.5h18.4ZM12 10v4m0 3v.01" />)
export const MoreIcon = icon('More', <path d="M5 12h.01M12 12h.01M19 12h.01" />)
export const CloseIcon = icon('Close', <path d="m6 6 12 12M18 6 6 18" />)
export const BackIcon = icon('Back', <path d="m14 6-6 6 6 6" />)
export const ForwardIcon = icon('Forward', <path d="m10 6 6 6-6 6" />)
export const RefreshIcon = icon(
  'Refresh',
  <path d="M20 5v5h-5M4 19v-5h5m10.2-4A7.5 7.5 0 0 0 6 7.5L4 9m16 6-2 1.5A7.5 7.5 0 0 1 4.8 14" />,
)
