import { pods, resourceClaims, resourceClaimTemplates, resourceSlices } from '#api/generated/refs.ts';
import { toRfc3339 } from '#base/clock.ts';
import type { World } from '#explore/world.ts';
import { type Story, unlike } from './story.ts';

const driver = 'gpu.example.com';
const request = { devices: { requests: [{ name: 'gpu', exactly: { deviceClassName: 'gpu' } }] } };
const containers = [{ name: 'main', image: 'i' }];

/** Pods with claims of their own, one of which goes; none is ever scheduled. */
export const claims: Story = {
  name: 'claims',
  controllers: ['resourceclaim'],
  exploring: { beside: ['garbage-collector'] },
  steps: ({ user, namespace, intent }) => {
    const pod = (name: string) =>
      user.create(pods, {
        metadata: { namespace, name },
        spec: {
          containers,
          resourceClaims: [{ name: 'gpu', resourceClaimTemplateName: 'gpu' }],
          schedulingGates: [{ name: 'example.com/wait' }],
        },
      });
    const told = (world: World) =>
      world
        .list(pods, namespace)
        .flatMap(({ status }) => status?.resourceClaimStatuses?.map(each => each.resourceClaimName) ?? []);
    return [
      () => pod('early'),
      () =>
        user.create(resourceClaimTemplates, {
          metadata: { namespace, name: 'gpu' },
          spec: { spec: request },
        }),
      () => {
        intent.expectations.set('the claims of pods', world => {
          const names = world.list(resourceClaims, namespace).map(({ metadata }) => metadata.name);
          const wanted = world.list(pods, namespace).length;
          return [
            ...unlike('their number', names.length, wanted),
            ...unlike('what pods know', told(world).sort(), names.sort()),
          ];
        });
        return pod('late');
      },
      () => user.delete(pods, namespace, 'early'),
    ];
  },
};

/** A device that breaks under the pod that has it. */
export const devices: Story = {
  name: 'devices',
  controllers: ['device-taint-eviction'],
  exploring: { beside: ['resourceclaim'], nodes: 1 },
  steps: ({ user, namespace, clock, intent }) => {
    const results = [{ request: 'gpu', driver, pool: 'p', device: 'd0' }];
    const slice = (generation: number, taints: { key: string; effect: string; timeAdded: string }[]) => ({
      metadata: { name: 's' },
      spec: {
        driver,
        nodeName: 'hollow-0',
        pool: { name: 'p', generation, resourceSliceCount: 1 },
        devices: [{ name: 'd0', taints }],
      },
    });
    return [
      () => user.create(resourceSlices, slice(1, [])),
      () => user.create(resourceClaims, { metadata: { namespace, name: 'gpu' }, spec: request }),
      () =>
        user.attempt(async client => {
          const claim = await client.get(resourceClaims, namespace, 'gpu');
          const status = { ...claim.status, allocation: { devices: { results } } };
          await client.updateStatus(resourceClaims, { ...claim, status });
        }),
      () => {
        const resourceClaimsOfPod = [{ name: 'c', resourceClaimName: 'gpu' }];
        const spec = { nodeName: 'hollow-0', containers, resourceClaims: resourceClaimsOfPod };
        return user.create(pods, { metadata: { namespace, name: 'user' }, spec });
      },
      () => {
        intent.expectations.set('who had the device', world => [
          ...unlike('the pod', world.get(pods, `${namespace}/user`)?.kind, undefined),
          ...unlike(
            'those it is reserved for',
            world.get(resourceClaims, `${namespace}/gpu`)?.status?.reservedFor ?? [],
            [],
          ),
        ]);
        const taint = { key: 'broken', effect: 'NoExecute', timeAdded: toRfc3339(clock.now()) };
        return user.attempt(async client => {
          const { metadata } = await client.get(resourceSlices, '', 's');
          await client.update(resourceSlices, { ...slice(2, [taint]), metadata });
        });
      },
    ];
  },
};
