import {
  csiDrivers,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  volumeAttachments,
} from '#api/generated/refs.ts';
import type { Node } from '#api/generated/types/core.v1.ts';
import { objectKey } from '#machinery/object.ts';
import { defineController, observing } from '#runtime/controller.ts';
import { deepEqual } from '#base/equal.ts';
import { volumeClaimKeysOf } from '../shared/pod-volumes.ts';
import { isPodTerminal } from '../shared/pods.ts';
import { podsOnNode } from '../shared/pods-on-node.ts';
import { NodeSync, nodeIndex, volumeIndex } from './node-sync.ts';
import { isHealthy, isOutOfService } from './volumes.ts';

const claimIndex = 'attachdetach/claim';

/** Attaches CSI volumes to the nodes whose pods need them, and detaches them when none does; a key is a node. */
export const attachDetachController = defineController({
  name: 'persistentvolume-attach-detach',
  component: 'attachdetach-controller',
  setup: environment => {
    const podInformer = environment.informer(pods);
    const attachments = environment.informer(volumeAttachments);
    podInformer.addIndex(claimIndex, volumeClaimKeysOf);
    attachments.addIndex(nodeIndex, ({ spec }) => [spec.nodeName]);
    attachments.addIndex(volumeIndex, ({ spec }) => [spec.source.persistentVolumeName ?? '']);
    const volumes = environment.informer(persistentVolumes);
    const sync = new NodeSync(environment, {
      nodes: environment.informer(nodes),
      claims: environment.informer(persistentVolumeClaims),
      volumes,
      drivers: environment.informer(csiDrivers),
      attachments,
      podsOn: podsOnNode(podInformer),
    });
    const nodesOfClaim = (key: string) =>
      podInformer.byIndex(claimIndex, key).flatMap(({ spec }) => spec?.nodeName ?? []);
    const nodesOfVolume = (name: string) => {
      const { namespace, name: claim } = volumes.get(name)?.spec?.claimRef ?? {};
      return claim ? nodesOfClaim(`${namespace}/${claim}`) : [];
    };

    return {
      watches: [
        observing(pods, ({ type, object, old }) => {
          if (type === 'deleted') sync.forget(object);
          const { nodeName } = object.spec ?? {};
          const isNews =
            !old || old.spec?.nodeName !== nodeName || isPodTerminal(old) !== isPodTerminal(object);
          return nodeName && isNews && volumeClaimKeysOf(object).length > 0 ? [nodeName] : [];
        }),
        observing(persistentVolumeClaims, ({ object }) => nodesOfClaim(objectKey(object))),
        observing(persistentVolumes, ({ object }) => nodesOfVolume(object.metadata.name!)),
        // Detached here is free for who waits there.
        observing(volumeAttachments, ({ type, object: { spec } }) => [
          spec.nodeName,
          ...(type === 'deleted' ? nodesOfVolume(spec.source.persistentVolumeName ?? '') : []),
        ]),
        observing(nodes, ({ object, old }) =>
          old && deepEqual(facts(old), facts(object)) ? [] : [object.metadata.name!],
        ),
      ],
      concurrency: 10,
      reconcile: name => sync.sync(name),
    };
  },
});

function facts(node: Node): unknown {
  const { volumesInUse = [], volumesAttached = [] } = node.status ?? {};
  return [volumesInUse, volumesAttached, isHealthy(node), isOutOfService(node)];
}
