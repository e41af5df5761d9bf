import type { DialogProps } from '../forms/dialog.tsx'
import type { ConnectionDetailsFragment } from '../generated/documents.ts'

export interface ConnectionFormProps {
  connection: ConnectionDetailsFragment
  onChanged: () => void
}

export interface ConnectionDialogProps
  extends ConnectionFormProps,
    Pick<DialogProps, 'opened' | 'onClose' | 'returnTo'> {}
