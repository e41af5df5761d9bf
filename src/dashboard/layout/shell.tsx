import {
  ActionIcon,
  AppShell,
  Burger,
  Group,
  Text,
  Tooltip,
  useComputedColorScheme,
  useMantineColorScheme,
} from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useEffect, useRef, useState } from 'react'
import { NavLink, Outlet, useLocation, useNavigationType } from 'react-router'
import { useSession } from '../session/session-context.ts'
import { focusable } from '../ui/focusable.tsx'
import {
  AuditIcon,
  ConnectionsIcon,
  CreditsIcon,
  KeyIcon,
  MoonIcon,
  OverviewIcon,
  RecordsIcon,
  SignOutIcon,
  SunIcon,
} from '../ui/icons.tsx'
import { inSentenceCase } from '../ui/words.ts'
import { EnvironmentSwitch } from './environment-switch.tsx'
import { LiveMark } from './live-mark.tsx'
import { Logo } from './logo.tsx'
import { OutOfDateNotice } from './out-of-date-notice.tsx'
import { PageGuard } from './page-guard.tsx'
import { readablePages } from './readable-pages.ts'
import classes from './shell.module.css'
import { useHere } from './use-here.ts'

export function Shell() {
  const [menuOpened, menu] = useDisclosure(false)
  const { pathname } = useLocation()
  const { close } = menu
  useEffect(close, [pathname, close])
  const main = usePageStart(pathname)

  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 224, breakpoint: 'sm', collapsed: { mobile: !menuOpened } }}
      padding="lg"
      withBorder={false}
    >
      <a href="#content" className="skip-link">
        Skip to the content
      </a>
      <AppShell.Header className={classes['header'] ?? ''}>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="md" wrap="nowrap">
            <Burger opened={menuOpened} onClick={menu.toggle} hiddenFrom="sm" size="sm" aria-label="Menu" />
            <Group visibleFrom="xs" w={190}>
              <Logo />
            </Group>
            <EnvironmentSwitch />
          </Group>
          <Group gap="sm" wrap="nowrap">
            <LiveMark />
            <ColourScheme />
            <SignOut />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="sm" className={classes['navbar'] ?? ''} aria-label="Pages">
        <Navigation />
      </AppShell.Navbar>
      <AppShell.Main ref={main} id="content" tabIndex={-1} className={classes['main'] ?? ''}>
        <div style={{ maxWidth: 1320, margin: '0 auto' }}>
          <PageGuard key={pathname}>
            <Outlet />
          </PageGuard>
        </div>
      </AppShell.Main>
      <OutOfDateNotice />
    </AppShell>
  )
}

/** Another page begins at its top, for the eye and for the keyboard. Going back leaves the browser its place. */
function usePageStart(pathname: string) {
  const main = useRef<HTMLElement>(null)
  const shown = useRef(pathname)
  const type = useNavigationType()
  useEffect(() => {
    if (shown.current === pathname) return
    shown.current = pathname
    if (type === 'POP') return
    scrollTo(0, 0)
    main.current?.focus({ preventScroll: true })
  }, [pathname, type])
  return main
}

const icons = {
  connections: <ConnectionsIcon />,
  overview: <OverviewIcon />,
  records: <RecordsIcon />,
  credits: <CreditsIcon />,
  keys: <KeyIcon />,
  audit: <AuditIcon />,
}

function Navigation() {
  const { at } = useHere()
  const { may, viewer } = useSession()
  return (
    <>
      <div style={{ display: 'grid', gap: 2, flex: 1, alignContent: 'start' }}>
        {readablePages(may).map(({ path, label }) => (
          <NavLink key={path} to={at(path)} className={classes['link'] ?? ''}>
            {icons[path]}
            {label}
          </NavLink>
        ))}
      </div>
      <Text size="xs" c="dimmed" px="sm">
        Signed in as {viewer.kind === 'OWNER' ? 'the owner' : inSentenceCase(viewer.kind).replace('Api', 'API')}
      </Text>
    </>
  )
}

function ColourScheme() {
  const { setColorScheme } = useMantineColorScheme()
  const scheme = useComputedColorScheme('light')
  const other = scheme === 'dark' ? 'light' : 'dark'
  return (
    <Tooltip label={`Show it ${other}`}>
      <ActionIcon variant="default" size="lg" onClick={() => setColorScheme(other)} aria-label={`Show it ${other}`}>
        {scheme === 'dark' ? <SunIcon /> : <MoonIcon />}
      </ActionIcon>
    </Tooltip>
  )
}

function SignOut() {
  const { signOut } = useSession()
  const [leaving, setLeaving] = useState(false)

  async function leave() {
    setLeaving(true)
    await signOut()
    setLeaving(false)
  }
  return (
    <Tooltip label="Sign out">
      <ActionIcon
        variant="default"
        size="lg"
        onClick={() => void leave()}
        loading={leaving}
        renderRoot={focusable}
        aria-label="Sign out"
      >
        <SignOutIcon />
      </ActionIcon>
    </Tooltip>
  )
}
