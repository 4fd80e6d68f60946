/** PostFilter: what plugins can do for a pod that fits nowhere. */
import type { Framework } from './framework.ts';
import type { PostFilterInput, PreemptionCandidate } from './framework/plugin.ts';
import type { PodInfo } from './framework/pod-info.ts';

/** A node that a plugin frees for a pod. */
export interface FreedForPod {
  readonly plugin: string;
  readonly nodeName: string;
  readonly victims: readonly PodInfo[];
  readonly candidates?: readonly PreemptionCandidate[] | undefined;
}

export interface PostFilterOutcome {
  readonly freed?: FreedForPod;
  /** What the plugins say that did not free any. */
  readonly messages: readonly string[];
  readonly withdrawn: boolean;
  readonly preempting: boolean;
  readonly chores: readonly (() => Promise<void>)[];
}

/** Asks plugin after plugin until one frees a node; changes nothing. */
export function runPostFilters(framework: Framework, input: PostFilterInput): PostFilterOutcome {
  const messages: string[] = [];
  const chores: (() => Promise<void>)[] = [];
  let withdrawn = false;
  let preempting = false;
  for (const plugin of framework.at('postFilter')) {
    const result = plugin.postFilter!(input);
    withdrawn ||= result.withdrawn ?? false;
    preempting ||= result.preempting ?? false;
    if (result.carryOut) chores.push(result.carryOut);
    if (result.nominated) {
      const freed = { plugin: plugin.name, ...result.nominated, candidates: result.candidates };
      return { freed, messages, withdrawn, preempting, chores };
    }
    if (result.failed) return { messages: [result.message], withdrawn, preempting, chores };
    if (result.message !== '') messages.push(result.message);
  }
  return { messages, withdrawn, preempting, chores };
}

/** The message of the event and of the pod's condition: why it fits nowhere, and what the plugins say to that. */
export function withMessages(diagnosis: string, messages: readonly string[]): string {
  return messages.length === 0 ? diagnosis : `${diagnosis} ${messages.join(', ')}`;
}
