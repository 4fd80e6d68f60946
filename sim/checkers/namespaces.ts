import { namespaces as namespacesRef } from '#api/generated/refs.ts';
import type { Checker, Outcome } from './checker.ts';

/** Nothing is left of a deleted namespace, and nothing comes into one that does not exist. */
export const namespaces: Checker<Outcome> = {
  name: 'namespaces',
  inspect: ({ world, intent, violated }) => {
    world.onChange(({ bucket, type, key, object }) => {
      const { namespace } = object.metadata;
      if (type !== 'added' || !namespace) return;
      const home = world.get(namespacesRef, namespace);
      if (!home) violated(`${bucket} ${key} was created, and its namespace does not exist`);
    });
    return {
      pending: () =>
        [...world.all()]
          .filter(({ bucket, key, object }) => {
            const namespace = bucket === 'core/namespaces' ? key : object.metadata.namespace;
            return namespace !== undefined && intent.deletedNamespaces.has(namespace);
          })
          .map(({ bucket, key }) => `${bucket} ${key} is still there`),
    };
  },
};
