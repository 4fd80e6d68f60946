import type { Plugin, Rejection } from '../../framework/plugin.ts';

const rejection: Rejection = {
  plugin: 'NodeName',
  code: 'UnschedulableAndUnresolvable',
  reasons: ["node(s) didn't match the requested node name"],
};

/** Only the node that the pod names, where it names one. */
export function nodeName(): Plugin {
  return {
    name: 'NodeName',
    nodeLocal: true,
    preFilter({ pod }) {
      const wanted = pod.spec?.nodeName;
      if (!wanted) return undefined;
      return { test: node => (node.name === wanted ? undefined : rejection) };
    },
    mayCure: event => event.type === 'nodeAdded',
  };
}
