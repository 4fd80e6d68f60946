import { requiredFeatures } from '#api/core/pod/required-features.ts';
import { deepEqual } from '#base/equal.ts';
import type { Plugin, Rejection } from '../../framework/plugin.ts';

const name = 'NodeDeclaredFeatures';

/** Only nodes whose kubelets declare the features that the pod uses (KEP-5328). */
export function nodeDeclaredFeatures(): Plugin {
  return {
    name,
    nodeLocal: true,
    preFilter({ pod }) {
      const required = requiredFeatures(pod.spec);
      if (required.length === 0) return undefined;
      return {
        test({ node }) {
          const declared = node!.status?.declaredFeatures;
          const missing = required.filter(feature => !declared?.includes(feature));
          return missing.length === 0 ? undefined : lacking(missing);
        },
      };
    },
    mayCure(event, { uid }) {
      if (event.type === 'podUpdated' && event.pod.uid === uid) {
        return !deepEqual(requiredFeatures(event.old.pod.spec), requiredFeatures(event.pod.pod.spec));
      }
      if (event.type === 'nodeAdded') return true;
      if (event.type !== 'nodeUpdated') return false;
      return !deepEqual(event.old.status?.declaredFeatures, event.node.status?.declaredFeatures);
    },
  };
}

function lacking(features: readonly string[]): Rejection {
  const reason = `node declared features check failed - unsatisfied requirements: ${features.join(', ')}`;
  return { plugin: name, code: 'UnschedulableAndUnresolvable', reasons: [reason] };
}
