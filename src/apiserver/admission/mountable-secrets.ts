import type { Container, PodSpec, ServiceAccount } from '#api/generated/types/core.v1.ts';

const annotation = 'kubernetes.io/enforce-mountable-secrets';
/** Go's strconv.ParseBool. */
const trueTexts = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);

type Using = Pick<Container, 'name' | 'env' | 'envFrom'>;

/** Whether the account's pods may use the secrets alone that the account lists. */
export function limitsSecrets({ metadata }: ServiceAccount): boolean {
  return trueTexts.has(metadata.annotations?.[annotation] ?? '');
}

/** Why a pod may not use a secret; undefined where all that it uses are listed by its account. */
export function unlistedSecret(account: ServiceAccount, spec: PodSpec): string | undefined {
  const listed = namesOf(account.secrets);
  const refused = `is not allowed because service account ${account.metadata.name} does not reference that`;
  for (const { secret } of spec.volumes ?? []) {
    if (secret && !listed.has(secret.secretName ?? ''))
      return `volume with secret.secretName="${secret.secretName}" ${refused} secret`;
  }
  const used =
    unlistedIn(account, listed, spec.initContainers, 'init container') ??
    unlistedIn(account, listed, spec.containers, 'container');
  if (used !== undefined) return used;
  const pulled = namesOf(account.imagePullSecrets);
  const at = (spec.imagePullSecrets ?? []).findIndex(({ name = '' }) => !pulled.has(name));
  if (at < 0) return undefined;
  return `imagePullSecrets[${at}].name="${spec.imagePullSecrets![at]!.name}" ${refused} imagePullSecret`;
}

/** The same for the ephemeral containers of a pod. */
export function unlistedEphemeralSecret(account: ServiceAccount, spec: PodSpec): string | undefined {
  return unlistedIn(account, namesOf(account.secrets), spec.ephemeralContainers, 'ephemeral container');
}

function unlistedIn(
  { metadata }: ServiceAccount,
  listed: ReadonlySet<string>,
  containers: readonly Using[] | undefined,
  kind: string,
): string | undefined {
  const refused = `is not allowed because service account ${metadata.name} does not reference that secret`;
  for (const { name, env = [], envFrom = [] } of containers ?? []) {
    for (const { name: variable, valueFrom } of env) {
      const secret = valueFrom?.secretKeyRef?.name;
      if (secret !== undefined && !listed.has(secret))
        return `${kind} ${name} with envVar ${variable} referencing secret.secretName="${secret}" ${refused}`;
    }
    for (const { secretRef } of envFrom) {
      if (secretRef && !listed.has(secretRef.name ?? ''))
        return `${kind} ${name} with envFrom referencing secret.secretName="${secretRef.name}" ${refused}`;
    }
  }
  return undefined;
}

function namesOf(references: readonly { readonly name?: string }[] | undefined): Set<string> {
  return new Set(references?.map(({ name = '' }) => name));
}
