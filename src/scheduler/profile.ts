import { Framework } from './framework.ts';
import type { Plugin } from './framework/plugin.ts';
import type { ScoringStrategy } from './plugins/node-resources-fit/scoring.ts';
import { type PluginContext, type PluginName, pluginRegistry } from './plugins/registry.ts';

/** A KubeSchedulerProfile: which plugins run, in which order, and what their scores weigh. */
export interface Profile {
  /** Pods choose it by spec.schedulerName. */
  readonly schedulerName: string;
  readonly plugins: readonly (PluginName | Plugin)[];
  readonly weights: Readonly<Record<string, number>>;
  readonly percentageOfNodesToScore: number;
  /** Of NodeResourcesFit. */
  readonly scoringStrategy?: ScoringStrategy;
}

/** Upstream's default profile. */
export const defaultProfile: Profile = {
  schedulerName: 'default-scheduler',
  plugins: Object.keys(pluginRegistry) as PluginName[],
  weights: { TaintToleration: 3, NodeAffinity: 2, PodTopologySpread: 2, InterPodAffinity: 2 },
  percentageOfNodesToScore: 0,
};

/** Makes a profile's plugins. */
export function createFramework(profile: Profile, context: PluginContext): Framework {
  const made = { ...context, scoringStrategy: profile.scoringStrategy };
  return new Framework({
    plugins: profile.plugins.map(plugin =>
      typeof plugin === 'string' ? pluginRegistry[plugin](made) : plugin,
    ),
    weights: profile.weights,
    percentageOfNodesToScore: profile.percentageOfNodesToScore,
  });
}
