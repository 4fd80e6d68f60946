import { requiredFeatures } from '#api/core/pod/required-features.ts';
import { deepEqual } from '#base/equal.ts';
import type { Plugin, Rejection } from '../../framework/plugin.ts';

const rejection: Rejection = {
  plugin: 'NodeDeclaredFeatures',
  code: 'UnschedulableAndUnresolvable',
  reasons: ["node(s) didn't match Pod's required features"],
};

/** Only nodes whose kubelets declare the features that the pod uses (KEP-5328). */
export function nodeDeclaredFeatures(): Plugin {
  return {
    name: 'NodeDeclaredFeatures',
    nodeLocal: true,
    preFilter({ pod }) {
      const required = requiredFeatures(pod.spec);
      if (required.length === 0) return undefined;
      return {
        test: ({ node }) =>
          required.every(feature => node!.status?.declaredFeatures?.includes(feature))
            ? undefined
            : rejection,
      };
    },
    mayCure: event =>
      event.type === 'nodeAdded' ||
      (event.type === 'nodeUpdated' &&
        !deepEqual(event.old.status?.declaredFeatures, event.node.status?.declaredFeatures)),
  };
}
