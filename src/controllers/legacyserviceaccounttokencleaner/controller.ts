import { configMaps, pods, secrets, serviceAccounts } from '#api/generated/refs.ts';
import type { Container, Pod, Secret, ServiceAccount, Volume } from '#api/generated/types/core.v1.ts';
import { toRfc3339 } from '#base/clock.ts';
import { orNotFound } from '#client/retry.ts';
import { hasReason } from '#machinery/status.ts';
import { defineController } from '#runtime/controller.ts';
import { timeMs } from '../shared/time.ts';

const trackingName = 'kube-apiserver-legacy-service-account-token-tracking';
const lastUsedLabel = 'kubernetes.io/legacy-token-last-used';
const invalidSinceLabel = 'kubernetes.io/legacy-token-invalid-since';
const nameAnnotation = 'kubernetes.io/service-account.name';
const uidAnnotation = 'kubernetes.io/service-account.uid';
const only = { fieldSelector: 'type=kubernetes.io/service-account-token' };
const dayMs = 24 * 3_600_000;
/** --legacy-service-account-token-clean-up-period */
const unusedMs = 365 * dayMs;

/**
 * Marks tokens that were made for ServiceAccounts by themselves and have not been used for a year, and deletes them after
 * another year. Looks once a day, and only where the API server says since when it has followed their use. (KEP-2799)
 */
export const legacyServiceAccountTokenCleaner = defineController({
  name: 'legacy-serviceaccount-token-cleaner',
  setup: ({ client, clock, informer }) => {
    const tokens = informer(secrets, only);
    const accounts = informer(serviceAccounts);
    const podInformer = informer(pods);

    const isFollowedLongEnough = async (): Promise<boolean> => {
      const tracking = await orNotFound(client.get(configMaps, 'kube-system', trackingName));
      const sinceMs = dayOf(tracking?.data?.since);
      return sinceMs !== undefined && clock.now() >= sinceMs + dayMs + unusedMs;
    };

    /** It was made for the account by itself, and nobody has had to do with it for long. */
    const isUseless = (secret: Secret): boolean => {
      const { creationTimestamp, deletionTimestamp, labels = {}, namespace, name } = secret.metadata;
      if (deletionTimestamp || timeMs(creationTimestamp) >= clock.now() - unusedMs) return false;
      const lastUsed = labels[lastUsedLabel];
      if (lastUsed !== undefined && isSinceKept(lastUsed)) return false;
      const account = accountOf(
        secret,
        accounts.get(`${namespace}/${secret.metadata.annotations?.[nameAnnotation]}`),
      );
      if (!account?.secrets?.some(reference => reference.name === name)) return false;
      return !podInformer.list(namespace).some(pod => secretNamesOf(pod).includes(name!));
    };

    /** The day is within the last year, or is none. */
    const isSinceKept = (day: string): boolean => {
      const keptMs = dayOf(dayText(clock.now() - unusedMs))!;
      return (dayOf(day) ?? Number.POSITIVE_INFINITY) >= keptMs;
    };

    const clean = async (secret: Secret): Promise<void> => {
      const { namespace, name, uid, resourceVersion, labels = {} } = secret.metadata;
      const since = labels[invalidSinceLabel];
      if (dayOf(since) === undefined) {
        const metadata = { uid, labels: { [invalidSinceLabel]: dayText(clock.now()) } };
        await orNotFound(client.patch(secrets, namespace!, name!, 'merge', { metadata }));
      } else if (!isSinceKept(since!)) {
        try {
          await orNotFound(client.delete(secrets, namespace!, name!, { preconditions: { resourceVersion } }));
        } catch (error) {
          // It has been used, or changed otherwise: looked at again tomorrow.
          if (!hasReason(error, 'Conflict')) throw error;
        }
      }
    };

    return {
      initialKeys: ['all'],
      reconcile: async () => {
        if (await isFollowedLongEnough()) {
          for (const secret of tokens.list()) if (isUseless(secret)) await clean(secret);
        }
        return { requeueAfterMs: dayMs };
      },
    };
  },
});

function dayText(ms: number): string {
  return toRfc3339(ms).slice(0, 10);
}

/** Milliseconds since the epoch; undefined where it is no day. */
function dayOf(text: string | undefined): number | undefined {
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(text ?? '') ? Date.parse(text!) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}

function accountOf(secret: Secret, account: ServiceAccount | undefined): ServiceAccount | undefined {
  const uid = secret.metadata.annotations?.[uidAnnotation];
  return !uid || uid === account?.metadata.uid ? account : undefined;
}

function secretNamesOf({ spec }: Pod): string[] {
  const containers = [
    ...(spec?.containers ?? []),
    ...(spec?.initContainers ?? []),
    ...((spec?.ephemeralContainers ?? []) as Container[]),
  ];
  const names = [
    ...(spec?.imagePullSecrets ?? []).map(({ name }) => name),
    ...containers.flatMap(({ env = [], envFrom = [] }) => [
      ...env.map(({ valueFrom }) => valueFrom?.secretKeyRef?.name),
      ...envFrom.map(({ secretRef }) => secretRef?.name),
    ]),
    ...(spec?.volumes ?? []).flatMap(volumeSecrets),
  ];
  return names.filter(name => name !== undefined);
}

/** By whatever field a kind of volume names its Secret. */
function volumeSecrets({ name: _, projected, ...sources }: Volume): (string | undefined)[] {
  const named = Object.values(sources as Record<string, SecretNaming>).flatMap(source => [
    source.secretName,
    source.secretRef?.name,
    source.nodePublishSecretRef?.name,
  ]);
  return [...named, ...(projected?.sources ?? []).map(({ secret }) => secret?.name)];
}

interface SecretNaming {
  readonly secretName?: string;
  readonly secretRef?: { readonly name?: string };
  readonly nodePublishSecretRef?: { readonly name?: string };
}
