import { ipAddresses, services } from '#api/generated/refs.ts';
import type { Service } from '#api/generated/types/core.v1.ts';
import { objectKey } from '#machinery/object.ts';
import type { Checker, Outcome } from './checker.ts';

function addressOf({ spec }: Service): string | undefined {
  return spec?.type === 'ExternalName' || spec?.clusterIP === 'None' ? undefined : spec?.clusterIP;
}

/** A Service has its address for itself, and an IPAddress says so. */
export const serviceAddresses: Checker<Outcome> = {
  name: 'service addresses',
  inspect: ({ world, violated }) => {
    world.onChange(({ bucket, type, key, object }) => {
      if (bucket !== 'core/services' || type === 'deleted') return;
      const address = addressOf(object as Service);
      if (!address) return;
      const claim = world.list(ipAddresses).find(({ metadata }) => metadata.name === address);
      const { namespace, name } = claim?.spec?.parentRef ?? {};
      if (`${namespace}/${name}` !== key)
        violated(`${key} has address ${address}, which ${namespace}/${name} has`);
    });
    return {
      pending: () => {
        const held = new Set(world.list(services).map(addressOf));
        const owners = new Set(world.list(services).map(objectKey));
        return world
          .list(ipAddresses)
          .filter(
            ({ metadata, spec }) =>
              !held.has(metadata.name) ||
              !owners.has(`${spec?.parentRef?.namespace}/${spec?.parentRef?.name}`),
          )
          .map(({ metadata }) => `${metadata.name} is nobody's`);
      },
    };
  },
};
