import { pods } from '#api/generated/refs.ts';
import type { Client } from '#client/client.ts';
import type { Plugin } from '../../framework/plugin.ts';

/** Binds by the pods/binding subresource. */
export function defaultBinder(client: Client): Plugin {
  return {
    name: 'DefaultBinder',
    async bind({ pod }, nodeName) {
      const { namespace = '', name = '', uid } = pod.metadata;
      await client.createSubresource(pods, namespace, name, 'binding', {
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: { namespace, name, uid },
        target: { kind: 'Node', name: nodeName },
      });
      return true;
    },
  };
}
