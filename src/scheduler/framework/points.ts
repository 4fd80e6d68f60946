/**
 * Which plugins run at which extension point. A plugin enabled for many points (multiPoint) runs at each that it has a
 * method for, but where a point's own set says otherwise. (KEP-2891)
 */
import type { Plugin } from './plugin.ts';

/** As KubeSchedulerConfiguration names them. */
export type ExtensionPoint =
  | 'preEnqueue'
  | 'queueSort'
  | 'preFilter'
  | 'filter'
  | 'postFilter'
  | 'preScore'
  | 'score'
  | 'reserve'
  | 'permit'
  | 'preBind'
  | 'bind'
  | 'postBind';

/** How an extension point ended. */
export type PointStatus = 'Success' | 'Unschedulable' | 'Error';

/** Told when an extension point is through. Node-local plugins score as they filter: Score is what is left of it. */
export type Lap = (point: ExtensionPoint, status?: PointStatus) => void;

/** One point's own plugins. */
export interface PointPlugins {
  /** In their order. */
  readonly enabled: readonly string[];
  /** Of the plugins enabled for many points; '*' is all of them. */
  readonly disabled: readonly string[];
}

export type PointSets = Readonly<Partial<Record<ExtensionPoint, PointPlugins>>>;

/** What upstream calls the plugins of a point, and whether a plugin is one. */
const kinds: Readonly<Record<ExtensionPoint, { name: string; has: (plugin: Plugin) => unknown }>> = {
  preEnqueue: { name: 'PreEnqueuePlugin', has: plugin => plugin.preEnqueue },
  queueSort: { name: 'QueueSortPlugin', has: plugin => plugin.less },
  preFilter: { name: 'PreFilterPlugin', has: plugin => plugin.preFilter },
  filter: { name: 'FilterPlugin', has: plugin => plugin.preFilter },
  postFilter: { name: 'PostFilterPlugin', has: plugin => plugin.postFilter },
  preScore: { name: 'PreScorePlugin', has: plugin => plugin.preScore },
  score: { name: 'ScorePlugin', has: plugin => plugin.preScore },
  reserve: { name: 'ReservePlugin', has: plugin => plugin.reserve ?? plugin.unreserve },
  permit: { name: 'PermitPlugin', has: plugin => plugin.permit },
  preBind: { name: 'PreBindPlugin', has: plugin => plugin.preBind },
  bind: { name: 'BindPlugin', has: plugin => plugin.bind },
  postBind: { name: 'PostBindPlugin', has: plugin => plugin.postBind },
};

export const extensionPoints = Object.keys(kinds) as readonly ExtensionPoint[];

/** As upstream writes it in texts and labels: 'PreBind'. */
export function pointName(point: ExtensionPoint): string {
  return kinds[point].name.slice(0, -'Plugin'.length);
}

/** A profile that cannot be run as it is. */
export class ProfileError extends Error {
  override readonly name = 'ProfileError';
}

/** The plugins of one point in the order in which they run. Throws ProfileError. */
export function pluginsAt(
  point: ExtensionPoint,
  plugins: ReadonlyMap<string, Plugin>,
  multiPoint: readonly string[],
  { enabled, disabled }: PointPlugins = { enabled: [], disabled: [] },
): readonly Plugin[] {
  const { name: kind, has } = kinds[point];
  for (const name of enabled) {
    const plugin = plugins.get(name);
    if (!plugin) throw new ProfileError(`${kind} "${name}" does not exist`);
    if (!has(plugin)) throw new ProfileError(`plugin "${name}" does not extend ${kind} plugin`);
  }
  refuseRepeats(enabled, kind);
  const everywhere = disabled.includes('*')
    ? []
    : multiPoint.filter(name => has(plugins.get(name)!) && !disabled.includes(name));
  // Those that are set for many points too come first: their place was chosen on purpose.
  const first = enabled.filter(name => everywhere.includes(name));
  return [...new Set([...first, ...everywhere, ...enabled])].map(name => plugins.get(name)!);
}

export function refuseRepeats(names: readonly string[], kind: string): void {
  const repeated = names.find((name, i) => names.indexOf(name) !== i);
  if (repeated !== undefined) throw new ProfileError(`plugin "${repeated}" already registered as "${kind}"`);
}

/**
 * PreFilter and Filter are one method here: what is enabled for Filter runs as it is; what is enabled for PreFilter alone
 * may refuse a pod and narrow down the nodes, but tests none.
 */
export function filterPlugins(filter: readonly Plugin[], preFilter: readonly Plugin[]): readonly Plugin[] {
  return [...filter, ...preFilter.filter(plugin => !filter.includes(plugin)).map(withoutTest)];
}

function withoutTest(plugin: Plugin): Plugin {
  return {
    name: plugin.name,
    preFilter(pod, snapshot) {
      const answer = plugin.preFilter!(pod, snapshot);
      if (!answer || 'reasons' in answer || !answer.nodeNames)
        return answer && 'reasons' in answer ? answer : undefined;
      return { nodeNames: answer.nodeNames, test: () => undefined };
    },
  };
}
