import { configMaps, ipAddresses, nodes, secrets, serviceCIDRs } from '#api/generated/refs.ts';
import { toRfc3339 } from '#base/clock.ts';
import { type Story, unlike } from './story.ts';

const signature = 'jws-kubeconfig-';

/** What new nodes know the cluster by, signed by two tokens, one of which is soon over. */
export const bootstrap: Story = {
  name: 'bootstrap',
  controllers: ['bootstrap-signer', 'token-cleaner'],
  steps: ({ user, clock, intent }) => {
    const token = (id: string, more: Record<string, string> = {}) =>
      user.create(secrets, {
        metadata: { namespace: 'kube-system', name: `bootstrap-token-${id}` },
        type: 'bootstrap.kubernetes.io/token',
        stringData: {
          'token-id': id,
          'token-secret': '0123456789abcdef',
          'usage-bootstrap-signing': 'true',
          ...more,
        },
      });
    return [
      () => token('aaaaaa'),
      () => {
        intent.expectations.set('cluster-info', world => {
          const names = Object.keys(world.get(configMaps, 'kube-public/cluster-info')?.data ?? {});
          const signed = names.filter(name => name.startsWith(signature));
          return unlike('who has signed it', signed, [`${signature}aaaaaa`]);
        });
        const metadata = { namespace: 'kube-public', name: 'cluster-info' };
        return user.create(configMaps, { metadata, data: { kubeconfig: 'clusters: []' } });
      },
      () => {
        intent.expectations.set('a token that is over', world =>
          unlike('it', world.get(secrets, 'kube-system/bootstrap-token-bbbbbb')?.kind, undefined),
        );
        return token('bbbbbb', { expiration: toRfc3339(clock.now() + 30_000) });
      },
    ];
  },
};

/** A node that nobody runs comes, and goes. */
export const visitors: Story = {
  name: 'visitors',
  controllers: ['node-ipam', 'ttl'],
  exploring: { nodes: 1, endsVary: true },
  steps: ({ user, intent }) => [
    () => {
      intent.expectations.set('what nodes are told', world => {
        const all = world.list(nodes);
        const ranges = new Set(all.map(({ spec }) => spec?.podCIDR).filter(range => range));
        return [
          ...unlike('the number of ranges', ranges.size, all.length),
          ...all.flatMap(({ metadata }) =>
            unlike(
              `what ${metadata.name} may keep`,
              metadata.annotations?.['node.alpha.kubernetes.io/ttl'],
              '0',
            ),
          ),
        ];
      });
      return user.create(nodes, { metadata: { name: 'visitor' } });
    },
    () => user.delete(nodes, '', 'visitor'),
  ],
};

/** Ranges of Service addresses; one goes, unless another story's Service has an address of it. */
export const ranges: Story = {
  name: 'ranges',
  controllers: ['service-cidr'],
  steps: ({ user, intent }) => {
    const range = (name: string, cidr: string) =>
      user.create(serviceCIDRs, { metadata: { name }, spec: { cidrs: [cidr] } });
    return [
      () => range('goes', '10.200.0.0/24'),
      () => {
        intent.expectations.set('ServiceCIDR stays', world => {
          const { status } = world.get(serviceCIDRs, 'stays') ?? {};
          return unlike(
            'its conditions',
            status?.conditions?.map(({ type, status: is }) => [type, is]),
            [['Ready', 'True']],
          );
        });
        return range('stays', '10.201.0.0/24');
      },
      () => {
        intent.expectations.set('ServiceCIDR goes', world => {
          const inUse = world
            .list(ipAddresses)
            .some(({ metadata }) => metadata.name!.startsWith('10.200.0.'));
          const ready = world.get(serviceCIDRs, 'goes')?.status?.conditions?.map(({ status }) => status);
          return unlike('its condition', ready, inUse ? ['False'] : undefined);
        });
        return user.delete(serviceCIDRs, '', 'goes');
      },
    ];
  },
};
