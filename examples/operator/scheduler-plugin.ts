import { defineSchedulerPlugin, maxNodeScore } from 'coxswain';

const tier = 'example.com/tier';

/** Rather nodes of the tier that the pod's label names. */
export default defineSchedulerPlugin({
  name: 'WebsiteTier',
  weight: 10,
  preScore: pod => {
    const wanted = pod.labels[tier];
    if (wanted === undefined) return undefined;
    return { score: node => (node.labels[tier] === wanted ? maxNodeScore : 0) };
  },
});
