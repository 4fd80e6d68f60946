import { requiredForUpdate } from '#api/core/pod/required-features.ts';
import type { Node, Pod } from '#api/generated/types/core.v1.ts';
import type { ResourceCache } from '../resources/resource-cache.ts';
import { forbidden } from './denial.ts';
import type { AdmissionPlugin } from './plugin.ts';

/** A pod changes only in ways that its node can follow (KEP-5328). */
export function nodeDeclaredFeatures(nodes: ResourceCache): AdmissionPlugin {
  return {
    name: 'NodeDeclaredFeatureValidator',
    concerns: ({ served, operation, subresource }) =>
      served.bucket === 'core/pods' &&
      operation === 'UPDATE' &&
      (subresource === '' || subresource === 'resize'),
    validate(request) {
      const [pod, old] = [request.object as Pod, request.old as Pod];
      if (!pod.spec?.nodeName || pod.metadata.generation === old.metadata.generation) return;
      const required = requiredForUpdate(pod.spec, old.spec!);
      if (required.length === 0) return;
      const name = JSON.stringify(pod.spec.nodeName);
      const node = nodes.get(pod.spec.nodeName)?.object as Node | undefined;
      if (!node) throw forbidden(request, `node ${name} not found`);
      const declared = node.status?.declaredFeatures;
      const missing = required.filter(feature => !declared?.includes(feature));
      if (missing.length === 0) return;
      const why = `pod update requires features ${missing.join(', ')} which are not available on node ${name}`;
      throw forbidden(request, why);
    },
  };
}
