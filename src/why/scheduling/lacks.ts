/** What a node lacks for a pod, plugin by plugin: how it is said, how far off it is, and what would help. */
import { table } from '#base/members.ts';
import type { NodeInfo } from '#scheduler/framework/node-info.ts';
import type { Rejection } from '#scheduler/framework/plugin.ts';
import type { Lack, LacksOf } from './lack.ts';
import { affinityLacks } from './pod-affinity.ts';
import { nodeAffinityLacks } from './node-affinity.ts';
import { resourceLacks } from './resources.ts';
import { spreadLacks } from './spread.ts';
import { taintLacks } from './taints.ts';
import type { SchedulingView } from './view.ts';
import { volumeLacks } from './volumes.ts';

const portLacks: LacksOf = ({ pod }, node) =>
  pod.hostPorts
    .filter(port => node.portTaken(port))
    .map(({ port, protocol }) => {
      const holder = [...node.pods.values()].find(other =>
        other.hostPorts.some(held => held.port === port && held.protocol === protocol),
      );
      return {
        text: `host port ${port}/${protocol} is taken${holder ? ` by Pod ${holder.key}` : ''}`,
        remedy: `use another host port than ${port}, or none${holder ? `, or delete Pod ${holder.key}` : ''}`,
        distance: 1,
      };
    });

const cordonLacks: LacksOf = (_, node) => [
  { text: 'it is cordoned', remedy: `kubectl uncordon ${node.name}`, distance: 1 },
];

const byPlugin = table<LacksOf>({
  InterPodAffinity: affinityLacks,
  NodeAffinity: nodeAffinityLacks,
  NodePorts: portLacks,
  NodeResourcesFit: resourceLacks,
  NodeUnschedulable: cordonLacks,
  NodeVolumeLimits: volumeLacks,
  PodTopologySpread: spreadLacks,
  TaintToleration: taintLacks,
  VolumeBinding: volumeLacks,
  VolumeRestrictions: volumeLacks,
  VolumeZone: volumeLacks,
});

/** Plugins that are not known here (a user's own) speak for themselves. */
export function lacksOf(view: SchedulingView, node: NodeInfo, rejection: Rejection): readonly Lack[] {
  const lacks = byPlugin[rejection.plugin]?.(view, node, rejection) ?? [];
  if (lacks.length > 0) return lacks;
  return rejection.reasons.map(reason => ({ text: reason, remedy: '', distance: 1 }));
}
