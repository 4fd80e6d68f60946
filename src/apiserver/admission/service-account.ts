import { tokenVolumePrefix } from '#api/core/pod/known-specs.ts';
import type {
  Container,
  Pod,
  PodSpec,
  ProjectedVolumeSource,
  ServiceAccount,
} from '#api/generated/types/core.v1.ts';
import { type Clock, sleep } from '#base/clock.ts';
import { type Random, randomInt, randomSuffix } from '#base/random.ts';
import { RecentCache } from '#base/recent-cache.ts';
import { controllerOf, deepFreeze } from '#machinery/object.ts';
import type { StatusError } from '#machinery/status.ts';
import { podReferences } from '../auth/authz/pod-references.ts';
import type { ResourceCache } from '../resources/resource-cache.ts';
import { forbidden } from './denial.ts';
import { limitsSecrets, unlistedEphemeralSecret, unlistedSecret } from './mountable-secrets.ts';
import { statusError } from '#machinery/status.ts';
import type { AdmissionPlugin } from './plugin.ts';
import type { AdmissionRequest } from './request.ts';

const tokenPath = '/var/run/secrets/kubernetes.io/serviceaccount';
/** An hour and seven seconds, so that such tokens can be told apart (upstream's choice). */
const tokenExpirationSeconds = 3607;

/** What is in the volume; all pods share it. */
const tokenSource: ProjectedVolumeSource = deepFreeze({
  sources: [
    { serviceAccountToken: { expirationSeconds: tokenExpirationSeconds, path: 'token' } },
    { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
    {
      downwardAPI: {
        items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
      },
    },
  ],
  defaultMode: 0o644,
});

const mirror = 'kubernetes.io/config.mirror';
const lookUpsMax = 10;
const ownersKept = 1024;

/**
 * Gives each pod its service account, and mounts the account's token, the root CA and the namespace. Pods use the secrets
 * alone that their account lets them; those that a kubelet mirrors use none.
 */
export function serviceAccount(accounts: ResourceCache, random: Random, clock: Clock): AdmissionPlugin {
  const find = (key: string) => accounts.get(key)?.object as ServiceAccount | undefined;
  const names = new VolumeNames(random);
  return {
    name: 'ServiceAccount',
    concerns: ({ served, operation, subresource }) =>
      served.bucket === 'core/pods' &&
      (operation === 'CREATE'
        ? subresource === ''
        : operation === 'UPDATE' && subresource === 'ephemeralcontainers'),
    mutate(request) {
      const pod = request.object as Pod;
      if (!pod.spec || request.operation !== 'CREATE') return undefined;
      if (isMirror(pod)) return checkMirror(request, pod);
      pod.spec.serviceAccountName ||= 'default';
      pod.spec.serviceAccount = pod.spec.serviceAccountName;
      const key = `${request.namespace}/${pod.spec.serviceAccountName}`;
      const account = find(key);
      if (account) return equip(pod, account, names);
      if (pod.spec.serviceAccountName !== 'default') throw noAccount(request, pod.spec);
      return awaitAccount(() => find(key), clock, random).then(found => {
        if (!found) throw noAccount(request, pod.spec!);
        equip(pod, found, names);
      });
    },
    validate(request) {
      const pod = request.object as Pod;
      if (!pod.spec) return;
      if (request.operation === 'CREATE' && isMirror(pod)) return checkMirror(request, pod);
      const name = pod.spec.serviceAccountName;
      if (!name) {
        const which = `${request.namespace}/${pod.metadata.name ?? ''}`;
        throw forbidden(request, `no service account specified for pod ${which}`);
      }
      const account = find(`${request.namespace}/${name}`);
      if (!account) throw noAccount(request, pod.spec);
      if (!limitsSecrets(account)) return;
      if (request.operation === 'CREATE') {
        const why = unlistedSecret(account, pod.spec);
        if (why !== undefined) throw forbidden(request, why);
        return;
      }
      const why = unlistedEphemeralSecret(account, pod.spec);
      // Upstream does not say of what kind this error is.
      if (why !== undefined) throw statusError.unclassified(why);
    },
  };
}

function isMirror({ metadata }: Pod): boolean {
  return metadata.annotations?.[mirror] !== undefined;
}

function checkMirror(request: AdmissionRequest, pod: Pod): void {
  const refuse = (what: string) => forbidden(request, `a mirror pod may not ${what}`);
  if (pod.spec?.serviceAccountName) throw refuse('reference service accounts');
  if (podReferences(pod).secrets.size > 0) throw refuse('reference secrets');
  const sources = (pod.spec?.volumes ?? []).flatMap(({ projected }) => projected?.sources ?? []);
  if (sources.some(source => source.serviceAccountToken))
    throw refuse('use ServiceAccountToken volume projections');
}

function noAccount(request: AdmissionRequest, { serviceAccountName = '' }: PodSpec): StatusError {
  return forbidden(
    request,
    `error looking up service account ${request.namespace}/${serviceAccountName}: serviceaccount ${JSON.stringify(serviceAccountName)} not found`,
  );
}

/** A namespace's default account is made by a controller, which a client may be ahead of. */
async function awaitAccount(
  find: () => ServiceAccount | undefined,
  clock: Clock,
  random: Random,
): Promise<ServiceAccount | undefined> {
  const pauseMs = 100 + randomInt(random, 100);
  for (let i = 1; i < lookUpsMax; i++) {
    await sleep(clock, pauseMs);
    const found = find();
    if (found) return found;
  }
  return undefined;
}

/** Names for volumes with tokens. Pods of one owner have theirs in common, and with it all that their containers say. */
class VolumeNames {
  readonly #random: Random;
  readonly #byOwner = new RecentCache<string, string>(ownersKept);

  constructor(random: Random) {
    this.#random = random;
  }

  of(pod: Pod): string {
    const owner = controllerOf(pod)?.uid;
    const known = owner === undefined ? undefined : this.#byOwner.get(owner);
    if (known !== undefined) return known;
    const name = `${tokenVolumePrefix}${randomSuffix(this.#random)}`;
    if (owner !== undefined) this.#byOwner.set(owner, name);
    return name;
  }
}

function equip(pod: Pod, account: ServiceAccount, names: VolumeNames): void {
  const spec = pod.spec!;
  if (!spec.imagePullSecrets?.length && account.imagePullSecrets?.length) {
    spec.imagePullSecrets = structuredClone(account.imagePullSecrets);
  }
  if (spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true) {
    mountToken(spec, () => names.of(pod));
  }
}

function mountToken(spec: PodSpec, newName: () => string): void {
  const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? [])];
  const without = containers.filter(
    container => !container.volumeMounts?.some(mount => mount.mountPath === tokenPath),
  );
  if (without.length === 0) return;
  const name = existingVolume(spec) ?? newName();
  for (const container of without) addMount(container, name);
  if (!spec.volumes?.some(volume => volume.name === name)) {
    spec.volumes = (spec.volumes ?? []).concat({ name, projected: tokenSource });
  }
}

function existingVolume(spec: PodSpec): string | undefined {
  return spec.volumes?.find(volume => volume.name.startsWith(tokenVolumePrefix))?.name;
}

function addMount(container: Container, name: string): void {
  const mount = { name, readOnly: true, mountPath: tokenPath };
  container.volumeMounts = (container.volumeMounts ?? []).concat(mount);
}
