import type { Log } from '#base/log.ts';
import {
  isRejection,
  maxNodeScore,
  type NodeFilter,
  type NodeScorer,
  type Plugin,
  type Rejection,
} from '#scheduler/framework/plugin.ts';
import type { PluginContext } from '#scheduler/framework/plugin-context.ts';
import type { Crashes } from './crashes.ts';

/** What a plugin may be made from. Its `lister` and `client` have the scheduler's rights. */
export interface SchedulerPluginContext extends Omit<PluginContext, 'budgets'> {
  /** What the profile's pluginConfig has for it (KubeSchedulerConfiguration). */
  readonly args: unknown;
}

interface SchedulerPluginName {
  readonly name: string;
  /** What its scores weigh. Default 1. */
  readonly weight?: number;
}

/** A plugin of the scheduler's default profile, after the built-in ones; or of the profiles that name it. */
export interface SchedulerPlugin extends SchedulerPluginName {
  readonly type: 'schedulerPlugin';
  /** Called once in each scheduler. */
  readonly setup: (context: SchedulerPluginContext) => Omit<Plugin, 'name'>;
}

/**
 * Declares a plugin: either its methods as they are, or `setup` that makes them. It cannot be the QueueSort plugin. A
 * plugin without `mayCure` is asked again whenever anything changes.
 */
export function defineSchedulerPlugin(
  definition: SchedulerPluginName & (Pick<SchedulerPlugin, 'setup'> | Omit<Plugin, 'name' | 'less'>),
): SchedulerPlugin {
  const { name, weight } = definition;
  const setup = 'setup' in definition ? definition.setup : () => definition;
  return { type: 'schedulerPlugin', name, weight, setup };
}

/**
 * The user's plugin with a fence around it: where one of its methods throws, the pod is refused and the error logged,
 * and the scheduler goes on. Scores are kept within their range.
 */
export function fencedPlugin(
  { name, setup }: SchedulerPlugin,
  context: SchedulerPluginContext,
  log: Log,
  crashes: Crashes,
): Plugin {
  const fence = new Fence(name, log, crashes);
  const own = setup(context) as Plugin;
  const { watches, nodeLocal, cures } = own;
  const plugin: Partial<Record<keyof Plugin, unknown>> = { name, watches, nodeLocal, cures };
  const keep = <K extends keyof Plugin>(method: K, fenced: (call: NonNullable<Plugin[K]>) => Plugin[K]) => {
    const call = own[method] as ((...given: never[]) => unknown) | undefined;
    if (call) plugin[method] = fenced(call.bind(own) as unknown as NonNullable<Plugin[K]>);
  };
  keep('preEnqueue', call => pod => fence.rejecting('PreEnqueue', () => call(pod)));
  keep('preFilter', call => (pod, snapshot) => {
    const answer = fence.rejecting('PreFilter', () => call(pod, snapshot));
    return answer && !isRejection(answer) ? fencedFilter(answer, fence) : answer;
  });
  keep('postFilter', call => input => fence.quietly('PostFilter', () => call(input), { message: '' }));
  keep('preScore', call => (pod, nodes, snapshot) => {
    const scorer = fence.quietly('PreScore', () => call(pod, nodes, snapshot), undefined);
    return scorer && fencedScorer(scorer, fence);
  });
  keep('reserve', call => (pod, node) => fence.rejecting('Reserve', () => call(pod, node)));
  keep('unreserve', call => (pod, node) => fence.quietly('Reserve', () => call(pod, node), undefined));
  keep('permit', call => (pod, node) => fence.rejectingLater('Permit', () => call(pod, node)));
  keep(
    'preBindPreFlight',
    call => (pod, node) => fence.quietly('PreBindPreFlight', () => call(pod, node), true),
  );
  // The framework takes a decision back whose PreBind or Bind rejects.
  keep('preBind', call => (pod, node) => fence.watched(() => call(pod, node)));
  keep('bind', call => (pod, node) => fence.watched(() => call(pod, node)));
  keep('postBind', call => (pod, node) => fence.quietly('PostBind', () => call(pod, node), undefined));
  keep('mayCure', call => (event, pod) => fence.quietly('QueueingHint', () => call(event, pod), true));
  if (own.preBind) plugin.preBindPreFlight ??= () => true;
  plugin.mayCure ??= () => true;
  return plugin as unknown as Plugin;
}

function fencedFilter(filter: NodeFilter, fence: Fence): NodeFilter {
  return {
    nodeNames: filter.nodeNames,
    test: node => fence.rejecting('Filter', () => filter.test(node)),
    ...(filter.addPod
      ? {
          addPod: (pod, node) =>
            fence.quietly('PreFilterExtensions', () => filter.addPod!(pod, node), undefined),
        }
      : {}),
    ...(filter.removePod
      ? {
          removePod: (pod, node) =>
            fence.quietly('PreFilterExtensions', () => filter.removePod!(pod, node), undefined),
        }
      : {}),
  };
}

function fencedScorer(scorer: NodeScorer, fence: Fence): NodeScorer {
  return {
    score: node => fence.quietly('Score', () => scorer.score(node), 0),
    normalize: (scores, nodes) => {
      fence.quietly('ScoreExtensions', () => scorer.normalize?.(scores, nodes), undefined);
      for (let i = 0; i < scores.length; i++) {
        const score = Math.trunc(scores[i]!);
        scores[i] = score > 0 ? Math.min(score, maxNodeScore) : 0;
      }
    },
  };
}

class Fence {
  readonly #name: string;
  readonly #log: Log;
  readonly #crashes: Crashes;
  /** Messages told already: a filter that throws does so for each node. */
  readonly #told = new Set<string>();

  constructor(name: string, log: Log, crashes: Crashes) {
    this.#name = name;
    this.#log = log;
    this.#crashes = crashes;
  }

  watched<T>(call: () => T): T {
    return this.#crashes.watch(error => this.#tell('', error), call);
  }

  quietly<T>(point: string, call: () => T, otherwise: T): T {
    try {
      return this.watched(call);
    } catch (error) {
      this.#tell(point, error);
      return otherwise;
    }
  }

  rejecting<T>(point: string, call: () => T): T | Rejection {
    try {
      return this.watched(call);
    } catch (error) {
      return this.#rejection(point, error);
    }
  }

  /** What answers at once is not made to wait. */
  rejectingLater<T>(point: string, call: () => Promise<T> | T): Promise<T | Rejection> | T | Rejection {
    const answer = this.rejecting(point, call);
    return answer instanceof Promise ? answer.catch(error => this.#rejection(point, error)) : answer;
  }

  #rejection(point: string, error: unknown): Rejection {
    const reason = `running ${JSON.stringify(this.#name)} ${point} plugin: ${this.#tell(point, error)}`;
    return { plugin: this.#name, code: 'Unschedulable', reasons: [reason] };
  }

  #tell(point: string, error: unknown): string {
    const why = error instanceof Error ? error.message : String(error);
    if (this.#told.has(`${point} ${why}`)) return why;
    if (this.#told.size < 100) this.#told.add(`${point} ${why}`);
    const stack = error instanceof Error ? error.stack : undefined;
    this.#log.error('a scheduler plugin failed', { plugin: this.#name, point, error: why, stack });
    return why;
  }
}
