/**
 * For tests alone: the script lines that make what plugins look up beside pods and nodes.
 *   class NAME [wait] [provisioner=X] [topology=key:value]
 *   volume NAME [size=1Gi] [class=X] [at=key:value] [labels=a:b] [driver=X]   `at` is its node affinity
 *   claim NAME [size=1Gi] [class=X] [volume=NAME] [modes=X] [selector=a:b] [selected=NODE] [lost]
 *   driver NAME                            publishes the capacity that it has
 *   capacity NAME class=X size=1Gi at=key:value
 *   service NAME LABEL:VALUE
 *   limit NODE driver=X count=N            of the driver's volumes on a node
 */
import {
  csiDrivers,
  csiNodes,
  csiStorageCapacities,
  persistentVolumeClaims,
  persistentVolumes,
  services,
  storageClasses,
} from '#api/generated/refs.ts';
import { apiVersionOf, type ResourceRef } from '#machinery/object.ts';
import { annotations } from '#runtime/volume-matching.ts';
import { pairs, type Words } from './scenario-words.ts';
import type { ObjectListers } from './testing.ts';

type Maker = (objects: ObjectListers, name: string, words: Words) => void;

const head = (ref: Pick<ResourceRef, 'group' | 'version' | 'kind'>) => ({
  apiVersion: apiVersionOf(ref),
  kind: ref.kind,
});

function requirements(text: string | undefined) {
  return Object.entries(pairs(text)).map(([key, value]) => ({ key, operator: 'In', values: [value] }));
}

const makers: Readonly<Record<string, Maker>> = {
  class(objects, name, words) {
    const topology = requirements(words.topology).map(({ key, values }) => ({ key, values }));
    objects.of(storageClasses).set({
      ...head(storageClasses),
      metadata: { name },
      provisioner: words.provisioner ?? 'kubernetes.io/no-provisioner',
      volumeBindingMode: 'wait' in words ? 'WaitForFirstConsumer' : 'Immediate',
      ...(words.topology !== undefined ? { allowedTopologies: [{ matchLabelExpressions: topology }] } : {}),
    });
  },
  volume(objects, name, { size = '1Gi', class: storageClassName = '', at, labels, driver }) {
    objects.of(persistentVolumes).set({
      ...head(persistentVolumes),
      metadata: { name, labels: pairs(labels) },
      spec: {
        capacity: { storage: size },
        accessModes: ['ReadWriteOnce', 'ReadWriteOncePod'],
        storageClassName,
        ...(driver ? { csi: { driver, volumeHandle: name } } : {}),
        ...(at
          ? { nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: requirements(at) }] } } }
          : {}),
      },
      status: { phase: 'Available' },
    });
  },
  claim(
    objects,
    name,
    { size = '1Gi', class: storageClassName = '', volume, modes, selector, selected, lost },
  ) {
    objects.of(persistentVolumeClaims).set({
      ...head(persistentVolumeClaims),
      metadata: {
        name,
        namespace: 'default',
        uid: name,
        annotations: {
          ...(volume ? { [annotations.bindCompleted]: 'yes' } : {}),
          ...(selected ? { [annotations.selectedNode]: selected } : {}),
        },
      },
      spec: {
        accessModes: [modes ?? 'ReadWriteOnce'],
        resources: { requests: { storage: size } },
        storageClassName,
        ...(volume ? { volumeName: volume } : {}),
        ...(selector ? { selector: { matchLabels: pairs(selector) } } : {}),
      },
      status: { phase: lost === undefined ? 'Pending' : 'Lost' },
    });
  },
  driver(objects, name) {
    const spec = { storageCapacity: true };
    objects.of(csiDrivers).set({ ...head(csiDrivers), metadata: { name }, spec });
  },
  capacity(objects, name, { class: storageClassName = '', size, at }) {
    objects.of(csiStorageCapacities).set({
      ...head(csiStorageCapacities),
      metadata: { name, namespace: 'default' },
      storageClassName,
      ...(size ? { capacity: size } : {}),
      nodeTopology: { matchLabels: pairs(at) },
    });
  },
  service(objects, name, words) {
    const selector = pairs(Object.keys(words).join());
    objects
      .of(services)
      .set({ ...head(services), metadata: { name, namespace: 'default' }, spec: { selector } });
  },
  limit(objects, name, { driver = '', count }) {
    const drivers = [{ name: driver, nodeID: name, allocatable: { count: Number(count) } }];
    objects.of(csiNodes).set({ ...head(csiNodes), metadata: { name }, spec: { drivers } });
  },
};

/** Answers whether there is such a command. */
export function setObject(objects: ObjectListers, command: string, name: string, words: Words): boolean {
  const make = makers[command];
  make?.(objects, name, words);
  return make !== undefined;
}
