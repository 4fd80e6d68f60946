import { tokenVolumePrefix } from '#api/core/pod/known-specs.ts';
import type {
  Container,
  Pod,
  PodSpec,
  ProjectedVolumeSource,
  ServiceAccount,
} from '#api/generated/types/core.v1.ts';
import type { Random } from '#base/random.ts';
import { randomSuffix } from '#base/random.ts';
import { deepFreeze } from '#machinery/object.ts';
import { statusError } from '#machinery/status.ts';
import type { ResourceCache } from '../resources/resource-cache.ts';
import { type AdmissionPlugin, creationOf } from './plugin.ts';

const tokenPath = '/var/run/secrets/kubernetes.io/serviceaccount';
/** An hour and seven seconds, so that such tokens can be told apart (upstream's choice). */
const tokenExpirationSeconds = 3607;

/** What is in the volume; all pods share it. */
const tokenSource: ProjectedVolumeSource = deepFreeze({
  defaultMode: 0o644,
  sources: [
    { serviceAccountToken: { expirationSeconds: tokenExpirationSeconds, path: 'token' } },
    { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
    {
      downwardAPI: {
        items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
      },
    },
  ],
});

/** Gives each pod its service account, and mounts the account's token, the root CA and the namespace. */
export function serviceAccount(accounts: ResourceCache, random: Random): AdmissionPlugin {
  return {
    name: 'ServiceAccount',
    concerns: creationOf('core/pods'),
    mutate({ served, object, namespace, name }) {
      const pod = object as Pod;
      if (!pod.spec || pod.metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined) return;
      pod.spec.serviceAccountName ||= 'default';
      pod.spec.serviceAccount = pod.spec.serviceAccountName;
      const account = accounts.get(`${namespace}/${pod.spec.serviceAccountName}`)?.object as
        | ServiceAccount
        | undefined;
      if (!account) {
        throw statusError.forbidden(
          served.what,
          name,
          `error looking up service account ${namespace}/${pod.spec.serviceAccountName}: serviceaccount ${JSON.stringify(pod.spec.serviceAccountName)} not found`,
        );
      }
      if (!pod.spec.imagePullSecrets?.length && account.imagePullSecrets?.length) {
        pod.spec.imagePullSecrets = structuredClone(account.imagePullSecrets);
      }
      if (pod.spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true) {
        mountToken(pod.spec, random);
      }
    },
  };
}

function mountToken(spec: PodSpec, random: Random): void {
  const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? [])];
  const without = containers.filter(
    container => !container.volumeMounts?.some(mount => mount.mountPath === tokenPath),
  );
  if (without.length === 0) return;
  const name = existingVolume(spec) ?? `${tokenVolumePrefix}${randomSuffix(random)}`;
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
