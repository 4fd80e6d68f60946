import { requestPem } from '#api/certificates/certificate-signing-request/testing.ts';
import {
  certificateSigningRequests,
  clusterRoles,
  configMaps,
  secrets,
  serviceAccounts,
} from '#api/generated/refs.ts';
import { type Story, unlike } from './story.ts';

const decode = (base64: string | undefined) => new TextDecoder().decode(Uint8Array.fromBase64(base64 ?? ''));

/** ServiceAccounts and their tokens; and what every namespace must have, taken away. */
export const accounts: Story = {
  name: 'accounts',
  controllers: [
    'legacy-serviceaccount-token-cleaner',
    'root-ca-certificate-publisher',
    'serviceaccount',
    'serviceaccount-token',
  ],
  steps: ({ user, namespace, intent }) => {
    const tokenOf = (account: string) => ({
      metadata: {
        namespace,
        name: `${account}-token`,
        annotations: { 'kubernetes.io/service-account.name': account },
      },
      type: 'kubernetes.io/service-account-token',
    });
    return [
      async () => {
        intent.expectations.set('what a namespace must have', world => {
          const bundle = world.get(configMaps, `${namespace}/kube-root-ca.crt`)?.data;
          return [
            ...unlike(
              'the default account',
              world.get(serviceAccounts, `${namespace}/default`)?.kind,
              'ServiceAccount',
            ),
            ...unlike('the bundle', Object.keys(bundle ?? {}), ['ca.crt']),
          ];
        });
        await user.create(serviceAccounts, { metadata: { namespace, name: 'stays' } });
        await user.create(serviceAccounts, { metadata: { namespace, name: 'goes' } });
      },
      async () => {
        intent.expectations.set('the token of an account', world => {
          const secret = world.get(secrets, `${namespace}/stays-token`);
          return unlike('the namespace in it', decode(secret?.data?.namespace), namespace);
        });
        await user.create(secrets, tokenOf('stays'));
        await user.create(secrets, tokenOf('goes'));
      },
      () => user.delete(serviceAccounts, namespace, 'default'),
      () => user.delete(configMaps, namespace, 'kube-root-ca.crt'),
      () => {
        intent.expectations.set('the token of an account that is gone', world =>
          unlike('it', world.get(secrets, `${namespace}/goes-token`)?.kind, undefined),
        );
        return user.delete(serviceAccounts, namespace, 'goes');
      },
      () => user.patch(configMaps, 'default', 'kube-root-ca.crt', { data: { 'ca.crt': 'another' } }),
    ];
  },
};

/** A ClusterRole made of others, one of which comes late and one of which goes. */
export const roles: Story = {
  name: 'roles',
  controllers: ['clusterrole-aggregation'],
  steps: ({ user, intent }) => {
    const labels = { part: 'of-all' };
    const rulesFor = (resource: string) => [{ apiGroups: [''], resources: [resource], verbs: ['get'] }];
    const part = (name: string) =>
      user.create(clusterRoles, { metadata: { name, labels }, rules: rulesFor(name) });
    return [
      () => part('parts-a'),
      () => {
        intent.expectations.set('ClusterRole all-parts', world => {
          const parts = world.list(clusterRoles).filter(role => role.metadata.labels?.part === 'of-all');
          const wanted = parts.flatMap(role => role.metadata.name!).sort();
          const rules = world.get(clusterRoles, 'all-parts')?.rules ?? [];
          return unlike(
            'its resources',
            rules.flatMap(rule => rule.resources ?? []),
            wanted,
          );
        });
        const aggregationRule = { clusterRoleSelectors: [{ matchLabels: labels }] };
        return user.create(clusterRoles, { metadata: { name: 'all-parts' }, aggregationRule });
      },
      () => part('parts-b'),
      () => user.delete(clusterRoles, '', 'parts-a'),
    ];
  },
};

const request = new TextEncoder().encode(requestPem).toBase64();

/** A kubelet's request for a certificate, which is approved and signed; and an old one that was denied. */
export const requests: Story = {
  name: 'requests',
  controllers: ['csrapproving', 'csrcleaner', 'csrsigning'],
  steps: ({ user, intent }) => {
    const spec = {
      request,
      signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
      usages: ['client auth', 'digital signature'],
    };
    const denied = {
      type: 'Denied',
      status: 'True',
      reason: 'Old',
      message: 'denied long ago',
      lastUpdateTime: '2020-01-01T00:00:00Z',
    };
    return [
      () => {
        intent.expectations.set('the request of a kubelet', world => {
          const { status } = world.get(certificateSigningRequests, 'kubelet') ?? {};
          return [
            ...unlike(
              'its conditions',
              status?.conditions?.map(({ type }) => type),
              ['Approved'],
            ),
            ...unlike('that it has a certificate', Boolean(status?.certificate), true),
          ];
        });
        return user.create(certificateSigningRequests, { metadata: { name: 'kubelet' }, spec });
      },
      () =>
        user.create(certificateSigningRequests, {
          metadata: { name: 'old' },
          spec: { ...spec, signerName: 'example.com/other' },
        }),
      () => {
        intent.expectations.set('the old request', world =>
          unlike('it', world.get(certificateSigningRequests, 'old')?.kind, undefined),
        );
        return user.attempt(async client => {
          const current = await client.get(certificateSigningRequests, '', 'old');
          const status = { ...current.status, conditions: [denied] };
          await client.update(
            certificateSigningRequests,
            { ...current, status },
            { subresource: 'approval' },
          );
        });
      },
    ];
  },
};
