import type { Container } from '#api/generated/types/core.v1.ts';
import { randomSuffix } from '#base/random.ts';
import type { CliContext } from '../../core/context.ts';
import { type Pod, podMapping } from '../../core/pods.ts';
import { containerFields, customized, profileOf, type Started } from './container.ts';
import { onNode, profiled } from './profiles.ts';

/** Makes a pod on the node that can see its files. */
export async function byNodePod(
  context: CliContext,
  node: string,
  custom: object | undefined,
): Promise<Started> {
  const { flags, io } = context;
  const container = flags.string('container') || 'debugger';
  const name = `node-debugger-${node}-${randomSuffix(io.random)}`;
  if (!flags.bool('quiet'))
    context.out(`Creating debugging pod ${name} with container ${container} on node ${node}.\n`);
  const bare = profiled({ ...containerFields(context), name: container }, profileOf(context), 'node');
  const spec = onNode(
    {
      containers: [bare as Container],
      nodeName: node,
      restartPolicy: 'Never',
      tolerations: [{ operator: 'Exists' }],
    },
    profileOf(context),
  );
  const [profiledContainer] = spec.containers;
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { 'app.kubernetes.io/managed-by': 'kubectl-debug' } },
    spec: { ...spec, containers: [customized(profiledContainer!, custom)] },
  };
  const api = await context.api();
  const created = await api.create(await podMapping(context), (await context.namespace()).name, pod);
  return { pod: created as Pod, container };
}
