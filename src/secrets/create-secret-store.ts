import type { Database } from '../store/database.ts'
import { openAws } from './aws/aws-client.ts'
import { createAwsDelivery } from './aws/aws-delivery.ts'
import { createAwsManager } from './aws/aws-manager.ts'
import { openAzure } from './azure/azure-client.ts'
import { createAzureDelivery } from './azure/azure-delivery.ts'
import { createAzureManager } from './azure/azure-manager.ts'
import { createDelivery, type Delivery } from './delivery.ts'
import type { DeliveryStore } from './delivery-prefixes.ts'
import type { DeliveryTarget } from './delivery-target.ts'
import { createLocalSecretStore } from './local.ts'
import { type Patience, usualPatience } from './patience.ts'
import { createRemoteStore, type SecretManager } from './remote-store.ts'
import type { SecretStore } from './secret-store.ts'
import type { SecretSettings } from './settings.ts'
import { createVaultClient } from './vault/vault-client.ts'
import { createVaultDelivery } from './vault/vault-delivery.ts'
import { createVaultManager } from './vault/vault-manager.ts'

export interface SecretStoreDeps {
  db: Database
  settings: SecretSettings
  log: { warn(fields: object, message: string): void }
  patience?: Patience
}

/**
 * The store that SECRET_STORE names. Beside a secret manager the local store stays readable while SYNCLINE_ENCRYPTION_KEYS is given, so that
 * what was kept there before goes on working until it is replaced. Nothing is asked of a store here: one that is away holds up no start.
 */
export async function createSecretStore({
  db,
  settings,
  log,
  patience = usualPatience,
}: SecretStoreDeps): Promise<SecretStore> {
  const { store, prefix, keyRing } = settings
  const local = keyRing.length > 0 ? createLocalSecretStore(db, keyRing) : undefined
  if (store === 'local') return local ?? missing('SYNCLINE_ENCRYPTION_KEYS')
  const onLeftBehind = (reference: string) =>
    log.warn({ reference }, 'a secret that could not be kept may have been left behind in the secret store')
  const remote = createRemoteStore(await openManager(store, prefix, settings), { patience, onLeftBehind })
  const holding = (reference: string) => (local && reference.startsWith('local:') ? local : remote)
  return {
    newReference: () => remote.newReference(),
    put: (secret, reference) => remote.put(secret, reference),
    get: (reference) => holding(reference).get(reference),
    destroy: (reference) => holding(reference).destroy(reference),
  }
}

/** Where tokens can be delivered. A secret manager is opened when the first token goes there. */
export function createTokenDelivery({
  settings,
  patience = usualPatience,
}: Omit<SecretStoreDeps, 'db' | 'log'>): Delivery {
  const opened = new Map<DeliveryStore, Promise<DeliveryTarget>>()
  return createDelivery({
    allowed: settings.deliveryPrefixes,
    open(store) {
      const target = opened.get(store) ?? openDelivery(store, settings, patience)
      opened.set(store, target)
      return target
    },
  })
}

async function openManager(
  store: DeliveryStore,
  prefix: string,
  { vault, aws, azure }: SecretSettings,
): Promise<SecretManager> {
  if (store === 'vault') return createVaultManager(createVaultClient(vault ?? missing('VAULT_ADDR')), prefix)
  if (store === 'aws') return createAwsManager(await openAws(aws ?? missing('AWS_REGION')), prefix)
  return createAzureManager(await openAzure(azure ?? missing('AZURE_KEYVAULT_URL')), prefix)
}

async function openDelivery(
  store: DeliveryStore,
  { vault, aws, azure }: SecretSettings,
  patience: Patience,
): Promise<DeliveryTarget> {
  if (store === 'vault') return createVaultDelivery(createVaultClient(vault ?? missing('VAULT_ADDR')), patience)
  if (store === 'aws') return createAwsDelivery(await openAws(aws ?? missing('AWS_REGION')), patience)
  return createAzureDelivery(await openAzure(azure ?? missing('AZURE_KEYVAULT_URL')), patience)
}

/** settings.ts has seen to it that what a store in use needs is there. */
function missing(variable: string): never {
  throw new Error(`${variable} is not set`)
}
