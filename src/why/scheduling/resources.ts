import type { NodeInfo } from '#scheduler/framework/node-info.ts';
import { amountOf } from '#scheduler/framework/resources.ts';
import { amountText } from '../words.ts';
import type { Lack, LacksOf } from './lack.ts';

const insufficient = 'Insufficient ';

/** The resource that a reason of NodeResourcesFit names. */
export function resourceOfReason(reason: string): string | undefined {
  return reason.startsWith(insufficient) ? reason.slice(insufficient.length) : undefined;
}

export function freeOf(node: NodeInfo, resource: string): number {
  return amountOf(node.allocatable, resource) - amountOf(node.requested, resource);
}

export const resourceLacks: LacksOf = ({ pod }, node, { reasons }) =>
  reasons.map((reason): Lack => {
    const resource = resourceOfReason(reason);
    if (resource === undefined) {
      const text = `it holds ${node.pods.size} of at most ${node.allowedPods} pods`;
      return { text, remedy: `remove a pod from ${node.name}`, distance: 0.1 };
    }
    const asked = amountOf(pod.requests, resource);
    const all = amountOf(node.allocatable, resource);
    const free = Math.max(0, freeOf(node, resource));
    const say = (amount: number) => `${amountText(resource, amount)} ${resource}`;
    if (asked > all) {
      return {
        text: all === 0 ? `it has no ${resource}` : `it has ${say(all)} in all`,
        remedy:
          all === 0
            ? `add a node with ${resource}, or ask for none`
            : `ask for at most ${say(all)}, or add a larger node: ${node.name} is too small even when empty`,
        distance: 1,
      };
    }
    return {
      text: `short of ${say(asked - free)}`,
      remedy: `free ${say(asked - free)} on ${node.name}, or ask for at most ${say(free)}`,
      distance: (asked - free) / asked,
    };
  });
