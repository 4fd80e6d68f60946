import { Framework } from './framework.ts';
import type { Plugin } from './framework/plugin.ts';
import { type PointSets, ProfileError } from './framework/points.ts';
import { type PluginArgs, type PluginFactory, type PluginName, pluginRegistry } from './plugins/registry.ts';
import type { PluginContext } from './framework/plugin-context.ts';

/** A KubeSchedulerProfile: which plugins run, in which order, and what their scores weigh. */
export interface Profile {
  /** Pods choose it by spec.schedulerName. */
  readonly schedulerName: string;
  /** Plugins of the registry by their names, and others as they are. */
  readonly plugins: readonly (string | Plugin)[];
  /** Extension points that differ from what `plugins` makes of them. */
  readonly points?: PointSets;
  readonly weights: Readonly<Record<string, number>>;
  readonly percentageOfNodesToScore: number;
  readonly args?: PluginArgs;
}

/** Upstream's default profile. */
export const defaultProfile = {
  schedulerName: 'default-scheduler',
  plugins: Object.keys(pluginRegistry) as readonly PluginName[],
  weights: { TaintToleration: 3, NodeAffinity: 2, PodTopologySpread: 2, InterPodAffinity: 2 },
  percentageOfNodesToScore: 0,
} satisfies Profile;

/** Makes a profile's plugins; names that are none of ours are looked up in `others`. */
export function createFramework(
  profile: Profile,
  context: PluginContext,
  others: Readonly<Record<string, PluginFactory>> = {},
): Framework {
  const registry: Readonly<Record<string, PluginFactory>> = { ...others, ...pluginRegistry };
  const made = { ...context, args: profile.args ?? {} };
  const { points = {} } = profile;
  const multiPoint = profile.plugins.map(plugin => (typeof plugin === 'string' ? plugin : plugin.name));
  const own = new Map(
    profile.plugins.flatMap(plugin => (typeof plugin === 'string' ? [] : [[plugin.name, plugin]])),
  );
  const names = new Set([...multiPoint, ...Object.values(points).flatMap(({ enabled }) => enabled)]);
  return new Framework({
    plugins: [...names].map(name => {
      const plugin = own.get(name) ?? registry[name]?.(made);
      if (!plugin) throw new ProfileError(`plugin "${name}" does not exist`);
      return plugin;
    }),
    multiPoint,
    points,
    weights: profile.weights,
    percentageOfNodesToScore: profile.percentageOfNodesToScore,
  });
}
