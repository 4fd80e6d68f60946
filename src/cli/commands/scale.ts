import type { KubeObject } from '#machinery/object.ts';
import { defineCommand } from '../core/command.ts';
import type { CliContext } from '../core/context.ts';
import { dryRunFlag, filenameFlags, printFlags, selectorFlag } from '../core/flag-groups.ts';
import { recordFlag, recorded } from '../core/record.ts';
import { fetchSelected, type LiveResource, visitEach } from '../core/resources.ts';
import { watchUntil } from '../core/waiting.ts';
import { WriteReporter } from '../core/write.ts';
import { CliError, throwAll } from '../errors.ts';

interface Scale extends KubeObject {
  spec?: { replicas?: number };
}

export const scaleCommand = defineCommand({
  name: 'scale',
  usage: '[--resource-version=version] [--current-replicas=count] --replicas=COUNT (-f FILENAME | TYPE NAME)',
  summary: 'Set a new size for a deployment, replica set, replication controller, or stateful set.',
  examples: ['% scale --replicas=3 rs/foo', '% scale --current-replicas=2 --replicas=3 deployment/mysql'],
  flags: [
    ...printFlags,
    recordFlag,
    ...filenameFlags,
    selectorFlag,
    dryRunFlag,
    {
      name: 'all',
      type: 'bool',
      help: 'Select all resources in the namespace of the specified resource types',
    },
    { name: 'replicas', type: 'int', help: 'The new desired number of replicas. Required.' },
    { name: 'current-replicas', type: 'int', default: -1, help: 'Precondition for current size.' },
    { name: 'resource-version', type: 'string', help: 'Precondition for resource version.' },
    {
      name: 'timeout',
      type: 'duration',
      help: 'How long to wait before giving up on a scale operation, zero means do not wait.',
    },
  ],
  run: async context => {
    const { flags } = context;
    if (!flags.changed('replicas')) throw new CliError('required flag(s) "replicas" not set');
    if (flags.int('replicas') < 0)
      throw new CliError(
        'The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0',
      );
    const reporter = await WriteReporter.create(context);
    const { visited, errors } = await visitEach(
      onError => fetchSelected(context, { onError }),
      live => scaleOne(context, live, reporter),
    );
    if (visited === 0 && errors.length === 0) throw new CliError('no objects passed to scale');
    reporter.finish();
    throwAll(errors);
  },
});

async function scaleOne(context: CliContext, live: LiveResource, reporter: WriteReporter): Promise<void> {
  const { flags } = context;
  const { mapping, namespace, name, object } = live;
  const replicas = flags.int('replicas');
  const api = await context.api();
  const checks = flags.int('current-replicas') !== -1 || flags.string('resource-version') !== '';
  if (checks) await checkPreconditions(context, live);
  if (reporter.dryRun === 'client') return reporter.done(scaled(object, replicas), 'scaled');
  const version = flags.string('resource-version');
  await api.patch(
    mapping,
    namespace,
    name,
    'merge',
    { ...(version ? { metadata: { resourceVersion: version } } : {}), spec: { replicas } },
    { subresource: 'scale', dryRun: reporter.dryRun },
  );
  if (flags.bool('record') && reporter.dryRun === 'none')
    await api.patch(mapping, namespace, name, 'merge', recorded(context, {}));
  if (flags.duration('timeout') > 0 && reporter.dryRun === 'none')
    await watchUntil(context, live, flags.duration('timeout'), now => reached(now, replicas));
  if (reporter.dryRun !== 'none') return reporter.done(scaled(object, replicas), 'scaled');
  reporter.done(reporter.printsObjects ? await api.get(mapping, namespace, name) : object, 'scaled');
}

/** The object as it will be: a scale alone does not tell it. */
function scaled(object: KubeObject, replicas: number): KubeObject {
  const { spec } = object as KubeObject & { spec?: object };
  return { ...object, spec: { ...spec, replicas } } as KubeObject;
}

async function checkPreconditions(context: CliContext, live: LiveResource): Promise<void> {
  const { flags } = context;
  const api = await context.api();
  const scale = (await api.get(live.mapping, live.namespace, live.name, 'scale')) as Scale;
  const expected = flags.int('current-replicas');
  const current = scale.spec?.replicas ?? 0;
  if (expected !== -1 && current !== expected)
    throw new CliError(`Expected replicas to be ${expected}, was ${current}`);
  const version = flags.string('resource-version');
  if (version !== '' && scale.metadata.resourceVersion !== version)
    throw new CliError(`Expected resource version to be ${version}, was ${scale.metadata.resourceVersion}`);
}

function reached(object: KubeObject | undefined, replicas: number): boolean {
  const { status, metadata } = (object ?? {}) as KubeObject & {
    status?: { replicas?: number; observedGeneration?: number };
  };
  if (!status || (status.observedGeneration ?? 0) < (metadata?.generation ?? 0)) return false;
  return (status.replicas ?? 0) === replicas;
}
