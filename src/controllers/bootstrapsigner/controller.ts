import { configMaps, secrets } from '#api/generated/refs.ts';
import type { Secret } from '#api/generated/types/core.v1.ts';
import { orNotFound } from '#client/retry.ts';
import { defineController, observing } from '#runtime/controller.ts';
import { bootstrapTokens, endsInMs, secretText } from '../shared/bootstrap-tokens.ts';
import { deepEqual } from '#base/equal.ts';
import { detachedSignature } from './signature.ts';

const key = 'kube-public/cluster-info';
const only = { namespace: 'kube-public', fieldSelector: 'metadata.name=cluster-info' };
const prefix = 'jws-kubeconfig-';

/** Signs kube-public/cluster-info by each bootstrap token, so that who has one can tell the cluster from another. */
export const bootstrapSignerController = defineController({
  name: 'bootstrap-signer',
  setup: ({ client, clock, informer }) => {
    const infos = informer(configMaps, only);
    const tokens = informer(secrets, bootstrapTokens);

    const signatures = (content: string) =>
      tokens.list().flatMap(secret => {
        const id = signingId(secret, clock.now());
        if (id === undefined) return [];
        return [[prefix + id, detachedSignature(content, id, secretText(secret, 'token-secret'))] as const];
      });

    return {
      watches: [observing(configMaps, () => [key], only), observing(secrets, () => [key], bootstrapTokens)],
      concurrency: 1,
      reconcile: async () => {
        const info = infos.get(key);
        const content = info?.data?.kubeconfig;
        if (!info || content === undefined) return {};
        const own = Object.entries(info.data!).filter(([name]) => !name.startsWith(prefix));
        const data = Object.fromEntries([...own, ...signatures(content)]);
        if (!deepEqual(data, info.data)) await orNotFound(client.update(configMaps, { ...info, data }));
        const ends = tokens.list().flatMap(secret => endsInMs(secret, clock.now()) || []);
        return ends.length > 0 ? { requeueAfterMs: Math.min(...ends) } : {};
      },
    };
  },
});

/** The token's id where it may sign. */
function signingId(secret: Secret, nowMs: number): string | undefined {
  const [, id] = /^bootstrap-token-([a-z0-9]{6})$/.exec(secret.metadata.name!) ?? [];
  const mayBeUsed =
    secretText(secret, 'token-id') === id &&
    secretText(secret, 'token-secret') !== '' &&
    secretText(secret, 'usage-bootstrap-signing') === 'true' &&
    endsInMs(secret, nowMs) !== 0;
  return mayBeUsed ? id : undefined;
}
