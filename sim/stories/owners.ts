import { configMaps, endpointSlices, endpoints, services } from '#api/generated/refs.ts';
import type { World } from '#explore/world.ts';
import { type Story, unlike } from './story.ts';

const serviceNameLabel = 'kubernetes.io/service-name';

/** Owners that go: one with its dependents, one before them, one without them. */
export const owners: Story = {
  name: 'owners',
  controllers: ['garbage-collector'],
  steps: ({ user, namespace, intent }) => {
    const policies = ['Background', 'Foreground', 'Orphan'] as const;
    const nameOf = (policy: string) => policy.toLowerCase();
    return [
      async () => {
        for (const policy of policies)
          await user.create(configMaps, { metadata: { namespace, name: nameOf(policy) } });
      },
      async () => {
        for (const policy of policies) {
          const { uid } = (await user.get(configMaps, namespace, nameOf(policy))).metadata;
          const owner = {
            apiVersion: 'v1',
            kind: 'ConfigMap',
            name: nameOf(policy),
            uid: uid!,
            blockOwnerDeletion: true,
          };
          const name = `of-${nameOf(policy)}`;
          await user.create(configMaps, { metadata: { namespace, name, ownerReferences: [owner] } });
        }
      },
      ...policies.map(propagationPolicy => () => {
        const wanted = propagationPolicy === 'Orphan' ? 'ConfigMap' : undefined;
        intent.expectations.set(`${propagationPolicy} deletion`, world => [
          ...unlike(
            'the owner',
            world.get(configMaps, `${namespace}/${nameOf(propagationPolicy)}`)?.kind,
            undefined,
          ),
          ...unlike(
            'the dependent',
            world.get(configMaps, `${namespace}/of-${nameOf(propagationPolicy)}`)?.kind,
            wanted,
          ),
        ]);
        return user.delete(configMaps, namespace, nameOf(propagationPolicy), { propagationPolicy });
      }),
    ];
  },
};

function mirrored(world: World, namespace: string): string[] {
  return world
    .list(endpointSlices, namespace)
    .filter(slice => slice.metadata.labels?.[serviceNameLabel] === 'outside')
    .flatMap(slice => slice.endpoints ?? [])
    .flatMap(endpoint => endpoint.addresses)
    .sort();
}

/** Endpoints that a user keeps by hand. */
export const mirrors: Story = {
  name: 'mirrors',
  controllers: ['endpointslicemirroring'],
  steps: ({ user, namespace, intent }) => {
    const subsetsOf = (...ips: string[]) => [{ addresses: ips.map(ip => ({ ip })), ports: [{ port: 80 }] }];
    const expect = (...ips: string[]) =>
      intent.expectations.set('Endpoints outside', world =>
        unlike('the mirror', mirrored(world, namespace), ips),
      );
    const metadata = { namespace, name: 'outside' };
    return [
      () => user.create(services, { metadata, spec: { ports: [{ port: 80 }] } }),
      () => {
        expect('192.0.2.1', '192.0.2.2');
        return user.create(endpoints, { metadata, subsets: subsetsOf('192.0.2.1', '192.0.2.2') });
      },
      () => {
        expect('192.0.2.3');
        return user.patch(endpoints, namespace, 'outside', { subsets: subsetsOf('192.0.2.3') });
      },
      () => {
        expect();
        return user.delete(endpoints, namespace, 'outside');
      },
      () => {
        expect('192.0.2.4');
        return user.create(endpoints, { metadata, subsets: subsetsOf('192.0.2.4') });
      },
    ];
  },
};
