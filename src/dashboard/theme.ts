import { createTheme, type CSSVariablesResolver } from '@mantine/core'

const dialog = {
  overlayProps: { backgroundOpacity: 0.5 },
  classNames: { title: 'dialog-title' },
  closeButtonProps: { 'aria-label': 'Close' },
  // the page has one banner
  attributes: { header: { role: 'presentation' } },
}

export const theme = createTheme({
  primaryColor: 'indigo',
  primaryShade: { light: 8, dark: 8 },
  autoContrast: true,
  luminanceThreshold: 0.35,
  fontFamily: "'Inter Variable', system-ui, -apple-system, 'Segoe UI', sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', 'Cascadia Mono', Menlo, Consolas, monospace",
  fontSizes: { xs: '0.75rem', sm: '0.84375rem', md: '0.9375rem', lg: '1.0625rem', xl: '1.25rem' },
  headings: {
    fontWeight: '650',
    sizes: { h1: { fontSize: '1.375rem' }, h2: { fontSize: '1rem' }, h3: { fontSize: '0.875rem' } },
  },
  defaultRadius: 'md',
  cursorType: 'pointer',
  focusRing: 'auto',
  respectReducedMotion: true,
  colors: {
    gray: [
      '#f8f9fb',
      '#f1f3f7',
      '#e6e9ef',
      '#d7dce5',
      '#bfc7d3',
      '#99a3b3',
      '#677284',
      '#4b5566',
      '#343d4b',
      '#1e2531',
    ],
    dark: [
      '#e4e8ef',
      '#b6bdca',
      '#98a2b3',
      '#6d7789',
      '#353e4e',
      '#28303e',
      '#1d2430',
      '#141922',
      '#0f131a',
      '#0a0d12',
    ],
  },
  components: {
    Table: { defaultProps: { verticalSpacing: 'xs', horizontalSpacing: 'md' } },
    Button: { defaultProps: { size: 'sm' } },
    Modal: {
      defaultProps: {
        centered: true,
        size: 'lg',
        ...dialog,
      },
    },
    Drawer: { defaultProps: dialog },
    Notification: { defaultProps: { closeButtonProps: { 'aria-label': 'Close' } } },
    Tooltip: { defaultProps: { withArrow: true, openDelay: 250, events: { hover: true, focus: true, touch: true } } },
  },
})

/** Mantine's own secondary texts have too little contrast for WCAG 2.2 AA. */
export const contrastVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-text': '#1e2531',
    '--mantine-color-dimmed': '#566073',
    '--mantine-color-placeholder': '#667082',
    '--mantine-color-error': '#c92a2a',
    '--mantine-color-anchor': '#364fc7',
    '--line': '#e1e5ec',
    '--surface': '#ffffff',
    '--canvas': '#f6f7fa',
    '--good': '#2b8a3e',
    '--busy': '#3b5bdb',
    '--warn': '#c05600',
    '--bad': '#c92a2a',
    '--idle': '#7a8496',
  },
  dark: {
    '--mantine-color-text': '#dfe4ec',
    '--mantine-color-dimmed': '#9ba6b8',
    '--mantine-color-placeholder': '#8c97a9',
    '--mantine-color-error': '#ff8787',
    '--mantine-color-anchor': '#91a7ff',
    '--mantine-color-body': '#141922',
    '--line': '#2a3240',
    '--surface': '#181e28',
    '--canvas': '#11151c',
    '--good': '#51cf66',
    '--busy': '#748ffc',
    '--warn': '#ffa94d',
    '--bad': '#ff8787',
    '--idle': '#8590a3',
  },
})
