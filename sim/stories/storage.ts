import {
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  storageClasses,
  volumeAttachments,
  volumeAttributesClasses,
} from '#api/generated/refs.ts';
import { podTemplate } from '#sim/objects.ts';
import { type Story, type Telling, unlike } from './story.ts';

const accessModes = ['ReadWriteOnce'];
const sizes = (storage: string) => ({ requests: { storage } });

function claim({ user, namespace }: Telling, name: string, spec: object): Promise<void> {
  return user.create(persistentVolumeClaims, {
    metadata: { namespace, name },
    spec: { accessModes, resources: sizes('1Gi'), storageClassName: '', ...spec },
  });
}

/** A volume of a CSI driver, needed on a node for a while. */
export const attachments: Story = {
  name: 'attachments',
  controllers: ['persistentvolume-attach-detach'],
  exploring: { beside: ['persistentvolume-binder'], nodes: 1 },
  steps: telling => {
    const { user, namespace, intent } = telling;
    const disk = (name: string) =>
      user.create(persistentVolumes, {
        metadata: { name },
        spec: {
          capacity: { storage: '1Gi' },
          accessModes,
          csi: { driver: 'disk.example.com', volumeHandle: name },
          claimRef: { namespace, name },
        },
      });
    const pod = (name: string) => {
      const { spec } = podTemplate(name, 'i', '10m');
      const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: name } }];
      return user.create(pods, {
        metadata: { namespace, name },
        spec: { ...spec!, nodeName: 'hollow-0', volumes },
      });
    };
    return [
      () => disk('disk-a'),
      () => disk('disk-b'),
      () => claim(telling, 'disk-a', { volumeName: 'disk-a' }),
      () => claim(telling, 'disk-b', { volumeName: 'disk-b' }),
      () => pod('disk-a'),
      () => {
        intent.expectations.set('VolumeAttachments', world => {
          const users = world.list(pods, namespace).filter(({ metadata }) => !metadata.deletionTimestamp);
          const volumes = world.list(volumeAttachments).map(({ spec }) => spec.source.persistentVolumeName);
          return unlike('the volumes', volumes.sort(), users.map(({ metadata }) => metadata.name).sort());
        });
        return pod('disk-b');
      },
      () => user.delete(pods, namespace, 'disk-a'),
    ];
  },
};

/** Claims that pods bring along, one that grows, and a class of attributes that a claim has for a while. */
export const classes: Story = {
  name: 'classes',
  controllers: ['ephemeral-volume', 'persistentvolume-expander', 'volumeattributesclass-protection'],
  exploring: { beside: ['garbage-collector', 'persistentvolume-binder', 'pvc-protection'] },
  steps: telling => {
    const { user, namespace, intent } = telling;
    const names = ['classes-a', 'classes-b'];
    const pod = (name: string) =>
      user.create(pods, {
        metadata: { namespace, name },
        spec: {
          containers: [{ name: 'main', image: 'i' }],
          schedulingGates: [{ name: 'example.com/wait' }],
          volumes: [
            {
              name: 'scratch',
              ephemeral: {
                volumeClaimTemplate: { spec: { accessModes, resources: sizes('1Gi'), storageClassName: '' } },
              },
            },
          ],
        },
      });
    return [
      () =>
        user.create(storageClasses, {
          metadata: { name: 'growing' },
          provisioner: 'kubernetes.io/no-provisioner',
          allowVolumeExpansion: true,
        }),
      () =>
        user.create(volumeAttributesClasses, {
          metadata: { name: 'fast' },
          driverName: 'disk.example.com',
          parameters: { iops: '1000' },
        }),
      () => claim(telling, 'fast', { volumeAttributesClassName: 'fast' }),
      () =>
        user.create(persistentVolumes, {
          metadata: { name: 'growing' },
          spec: {
            capacity: { storage: '1Gi' },
            accessModes,
            storageClassName: 'growing',
            hostPath: { path: '/volumes/growing' },
          },
        }),
      () => claim(telling, 'growing', { storageClassName: 'growing' }),
      () => pod(names[0]!),
      () => {
        intent.expectations.set('claims of pods', world => {
          const claims = world.list(persistentVolumeClaims, namespace).map(({ metadata }) => metadata.name!);
          const users = world.list(pods, namespace).map(({ metadata }) => `${metadata.name}-scratch`);
          return unlike('they', claims.filter(name => name.endsWith('-scratch')).sort(), users.sort());
        });
        return pod(names[1]!);
      },
      () => user.delete(pods, namespace, names[0]!),
      () => {
        intent.expectations.set('the class that goes', world =>
          unlike('it', world.get(volumeAttributesClasses, 'fast')?.kind, undefined),
        );
        return user.delete(volumeAttributesClasses, '', 'fast');
      },
      () => user.delete(persistentVolumeClaims, namespace, 'fast'),
    ];
  },
};
