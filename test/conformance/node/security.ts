import type { V1SecurityContext } from '@kubernetes/client-node';
import { containerRow, script, writes } from '../containers/programs.ts';
import type { Row } from '../row.ts';

const as = (text: string, securityContext: V1SecurityContext) => script(text, { securityContext });

export const securityRows: readonly Row[] = [
  containerRow(
    'Security Context When creating a container with runAsUser should run the container with uid 65534',
    t => writes(t, as('id -u', { runAsUser: 65534 }), /^65534$/m),
  ),

  containerRow(
    'Security Context When creating a pod with privileged should run the container as unprivileged when false',
    t =>
      writes(
        t,
        as('mkdir /tmp/m && mount -t tmpfs none /tmp/m && echo mounted; grep CapEff /proc/self/status', {
          privileged: false,
        }),
        /(permission denied|must be superuser|not permitted)/i,
        /^CapEff:\t00000000a80425fb$/m,
      ),
  ),

  containerRow(
    'Security Context When creating a pod with readOnlyRootFilesystem should run the container with writable rootfs when readOnlyRootFilesystem=false',
    t => writes(t, as('touch checkfile && echo written', { readOnlyRootFilesystem: false }), /^written$/m),
  ),

  containerRow(
    'Security Context should support container.SecurityContext.RunAsUser And container.SecurityContext.RunAsGroup',
    t =>
      writes(
        t,
        as('echo uid=$(id -u) gid=$(id -g)', { runAsUser: 1001, runAsGroup: 2002 }),
        /^uid=1001 gid=2002$/m,
      ),
  ),

  containerRow(
    'Security Context should support pod.Spec.SecurityContext.RunAsUser And pod.Spec.SecurityContext.RunAsGroup',
    t => {
      const securityContext = { runAsUser: 1001, runAsGroup: 2002 };
      const spec = script('echo uid=$(id -u) gid=$(id -g)', {}, { securityContext });
      return writes(t, spec, /^uid=1001 gid=2002$/m);
    },
  ),

  containerRow(
    'Security Context when creating containers with AllowPrivilegeEscalation should not allow privilege escalation when false',
    t =>
      writes(
        t,
        as('suid-id -u; grep NoNewPrivs /proc/self/status', {
          runAsUser: 1000,
          allowPrivilegeEscalation: false,
        }),
        /^1000$/m,
        /^NoNewPrivs:\t1$/m,
      ),
  ),

  containerRow('Sysctls should support sysctls', t => {
    const securityContext = { sysctls: [{ name: 'kernel.shm_rmid_forced', value: '1' }] };
    return writes(t, script('cat /proc/sys/kernel/shm_rmid_forced', {}, { securityContext }), /^1$/m);
  }),
];
