import type { PersistentVolumeClaim } from '#api/generated/types/core.v1.ts';
import type { Ingress } from '#api/generated/types/networking.v1.ts';
import type { ResourceCache } from '../resources/resource-cache.ts';
import { type AdmissionPlugin, creationOf } from './plugin.ts';

/** The newest class that is marked as the default one; of two as new, the first by name. */
function defaultClass(classes: ResourceCache, ...annotations: readonly string[]): string | undefined {
  const created = (object: { metadata: { creationTimestamp?: string } }) =>
    object.metadata.creationTimestamp ?? '';
  let best: { metadata: { name?: string; creationTimestamp?: string } } | undefined;
  for (const { object } of classes.objects()) {
    if (!annotations.some(annotation => object.metadata.annotations?.[annotation] === 'true')) continue;
    const isNewer = !best || created(object) > created(best);
    const isFirst = best && created(object) === created(best) && object.metadata.name! < best.metadata.name!;
    if (isNewer || isFirst) best = object;
  }
  return best?.metadata.name;
}

const defaultStorageClassMarks = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
];

/** Claims that name no storage class get the default one. */
export function defaultStorageClass(classes: ResourceCache): AdmissionPlugin {
  return {
    name: 'DefaultStorageClass',
    concerns: creationOf('core/persistentvolumeclaims'),
    mutate({ object }) {
      const { spec, metadata } = object as PersistentVolumeClaim;
      const annotated = metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] !== undefined;
      if (!spec || spec.storageClassName !== undefined || annotated) return;
      const name = defaultClass(classes, ...defaultStorageClassMarks);
      if (name !== undefined) spec.storageClassName = name;
    },
  };
}

/** Ingresses that name no class get the default one. */
export function defaultIngressClass(classes: ResourceCache): AdmissionPlugin {
  return {
    name: 'DefaultIngressClass',
    concerns: creationOf('networking.k8s.io/ingresses'),
    mutate({ object }) {
      const { spec, metadata } = object as Ingress;
      const annotated = metadata.annotations?.['kubernetes.io/ingress.class'] !== undefined;
      if (!spec || spec.ingressClassName !== undefined || annotated) return;
      const name = defaultClass(classes, 'ingressclass.kubernetes.io/is-default-class');
      if (name !== undefined) spec.ingressClassName = name;
    },
  };
}
