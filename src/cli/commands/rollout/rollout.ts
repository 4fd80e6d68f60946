import { toRfc3339 } from '#base/clock.ts';
import type { KubeObject } from '#machinery/object.ts';
import { type Command, defineCommand } from '../../core/command.ts';
import type { CliContext } from '../../core/context.ts';
import {
  dryRunFlag,
  fieldManagerFlag,
  filenameFlags,
  printFlags,
  selectorFlag,
} from '../../core/flag-groups.ts';
import { lastAppliedKey } from '../../core/last-applied.ts';
import { sameJson } from '../../core/merge.ts';
import { namesFiles } from '../../core/named-files.ts';
import { fetchSelected, type LiveResource, visitEach } from '../../core/resources.ts';
import { WaitTimeoutError, watchUntil } from '../../core/waiting.ts';
import { WriteReporter } from '../../core/write.ts';
import { CliError, throwAll } from '../../errors.ts';
import { describePodTemplate } from '../../describe/pod-template.ts';
import { describeTabs, tabbed } from '../../print/tabwriter.ts';
import { qualifiedKind } from '../../print/printer.ts';
import { revisionsOf, rollbackTarget, type Template } from './revisions.ts';
import { rolloutProgress } from './progress.ts';

const common = [...filenameFlags, selectorFlag];
const written = [...printFlags, ...common];
const patched = [...written, fieldManagerFlag('kubectl-rollout')];

/** Does something with each object that the words name. Answers what failed. */
async function eachTarget(
  context: CliContext,
  visit: (live: LiveResource) => Promise<void>,
): Promise<unknown[]> {
  if (context.args.length === 0 && !namesFiles(context.flags))
    throw new CliError('required resource not specified');
  const { visited, errors } = await visitEach(
    onError => fetchSelected(context, { allowTypeAlone: true, onError }),
    visit,
  );
  if (visited === 0 && errors.length === 0)
    context.error(`No resources found in ${(await context.namespace()).name} namespace.\n`);
  return errors;
}

interface Rollable extends KubeObject {
  spec?: { paused?: boolean; template?: Template };
}

const status = defineCommand({
  name: 'status',
  usage: '(TYPE NAME | TYPE/NAME)',
  summary: 'Show the status of the rollout.',
  flags: [
    ...common,
    {
      name: 'watch',
      short: 'w',
      type: 'bool',
      default: true,
      help: 'Watch the status of the rollout until it is done.',
    },
    { name: 'revision', type: 'int', help: 'Pin to a specific revision for showing its status.' },
    {
      name: 'timeout',
      type: 'duration',
      help: 'The length of time to wait before ending watch, zero means never.',
    },
  ],
  run: async context => {
    throwAll(await eachTarget(context, live => followRollout(context, live)));
  },
});

async function followRollout(context: CliContext, live: LiveResource): Promise<void> {
  const revision = context.flags.int('revision');
  let last = '';
  const report = (object: KubeObject): boolean => {
    const { text, done } = rolloutProgress(object, revision);
    if (text !== last) context.out(text);
    last = text;
    return done;
  };
  if (!context.flags.bool('watch')) {
    report(live.object);
    return;
  }
  try {
    await watchUntil(context, live, context.flags.duration('timeout'), object => {
      if (!object) throw new CliError('object has been deleted');
      return report(object);
    });
  } catch (error) {
    throw error instanceof WaitTimeoutError ? new CliError('timed out waiting for the condition') : error;
  }
}

const history = defineCommand({
  name: 'history',
  usage: '(TYPE NAME | TYPE/NAME) [flags]',
  summary: 'View previous rollout revisions and configurations.',
  flags: [
    ...common,
    ...printFlags,
    {
      name: 'revision',
      type: 'int',
      help: 'See the details, including podTemplate of the revision specified',
    },
  ],
  run: async context => {
    const asked = context.flags.int('revision');
    if (asked < 0) throw new CliError(`revision must be a positive integer: ${asked}`);
    const printer = await context.printer();
    const errors = await eachTarget(context, async live => {
      const revisions = await revisionsOf(context, live);
      const name = `${qualifiedKind(live.mapping.kind, live.mapping.group)}/${live.name}`;
      if (printer && context.flags.string('output') === '') {
        // As in kubectl: --template alone is about the object itself.
        context.out(printer.print(live.object));
        return;
      }
      if (printer) {
        const shown = asked > 0 ? revisions.filter(revision => revision.number === asked) : revisions;
        if (shown.length === 0) throw new CliError('unable to find the specified revision');
        for (const { holder } of shown) context.out(printer.print(holder));
        return;
      }
      context.out(`${name} `);
      if (asked > 0) {
        const found = revisions.find(revision => revision.number === asked);
        if (!found) throw new CliError('unable to find the specified revision');
        context.out(
          `with revision #${asked}\n${describePodTemplate(withCause(found.template, found.changeCause))}\n`,
        );
        return;
      }
      const rows = revisions.map(({ number, changeCause }) => `${number}\t${changeCause || '<none>'}\n`);
      context.out(`\n${tabbed(`REVISION\tCHANGE-CAUSE\n${rows.join('')}`, describeTabs)}\n`);
    });
    context.out(printer?.flush() ?? '');
    throwAll(errors);
  },
});

function withCause(template: Template, cause: string): Template {
  if (!cause) return template;
  const annotations = { ...template.metadata?.annotations, 'kubernetes.io/change-cause': cause };
  return { ...template, metadata: { ...template.metadata, annotations } };
}

const undo = defineCommand({
  name: 'undo',
  usage: '(TYPE NAME | TYPE/NAME) [flags]',
  summary: 'Roll back to a previous rollout.',
  flags: [
    ...written,
    dryRunFlag,
    { name: 'to-revision', type: 'int', help: 'The revision to rollback to. Default to 0 (last revision).' },
  ],
  run: async context => {
    const reporter = await WriteReporter.create(context);
    const errors = await eachTarget(context, async live => {
      if (live.object.metadata.annotations?.[lastAppliedKey] !== undefined)
        context.error(
          `Warning: resource ${live.mapping.resource}/${live.name} was previously managed with '${context.program} apply'. Rolling back will not update the ${lastAppliedKey} annotation, which may cause unexpected behavior on future '${context.program} apply' operations. Consider using '${context.program} apply' with your previous configuration file instead.\n`,
        );
      const { object, operation } = await rollBack(context, live, reporter);
      reporter.done(object, operation);
    });
    reporter.finish();
    throwAll(errors);
  },
});

/** Kinds with a template, which might be rolled back. */
const templated = new Set(['CronJob', 'Job', 'Pod', 'ReplicaSet', 'ReplicationController']);

async function rollBack(
  context: CliContext,
  live: LiveResource,
  reporter: WriteReporter,
): Promise<{ object: KubeObject; operation: string }> {
  const { mapping, namespace, name } = live;
  const object = live.object as Rollable;
  if (!['Deployment', 'DaemonSet', 'StatefulSet'].includes(mapping.kind)) {
    const kind = `${mapping.kind}${mapping.group && `.${mapping.group}`}`;
    if (!templated.has(mapping.kind))
      throw new CliError(
        `error retrieving rollbacker for ${JSON.stringify(kind)}, no visitor method exists for {${mapping.group} ${mapping.kind}}`,
      );
    throw new CliError(`no rollbacker has been implemented for ${JSON.stringify(kind)}`);
  }
  if (object.spec?.paused)
    throw new CliError(
      "you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again",
    );
  const asked = context.flags.int('to-revision');
  const target = rollbackTarget(await revisionsOf(context, live), asked, name);
  const template = withoutHash(target.template);
  if (sameJson(withoutHash(object.spec?.template ?? {}), template))
    return { object, operation: `skipped rollback (current template already matches revision ${asked})` };
  if (reporter.dryRun === 'client') return { object, operation: describePodTemplate(target.template) };
  const api = await context.api();
  const patch = [
    { op: 'replace', path: '/spec/template', value: template },
    ...(mapping.kind === 'Deployment' ? [annotationsPatch(object, target.holder)] : []),
  ];
  const result = await api.patch(mapping, namespace, name, 'json', patch, { dryRun: reporter.dryRun });
  return { object: result, operation: 'rolled back' };
}

function withoutHash(template: Template): Template {
  const { 'pod-template-hash': _, ...labels } = template.metadata?.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels } };
}

/** The deployment keeps its own bookkeeping and takes the other annotations of the revision. */
const ownAnnotations = new Set([
  lastAppliedKey,
  'deployment.kubernetes.io/revision',
  'deployment.kubernetes.io/revision-history',
  'deployment.kubernetes.io/desired-replicas',
  'deployment.kubernetes.io/max-replicas',
  'deprecated.deployment.rollback.revision',
]);

function annotationsPatch(deployment: KubeObject, set: KubeObject): unknown {
  const kept = Object.entries(deployment.metadata.annotations ?? {}).filter(([key]) =>
    ownAnnotations.has(key),
  );
  const taken = Object.entries(set.metadata.annotations ?? {}).filter(([key]) => !ownAnnotations.has(key));
  const op = deployment.metadata.annotations ? 'replace' : 'add';
  return { op, path: '/metadata/annotations', value: Object.fromEntries([...kept, ...taken]) };
}

/** pause, resume and restart are one strategic patch each. */
function patching(
  name: string,
  summary: string,
  operation: string,
  patchOf: (context: CliContext, object: Rollable, kind: string) => unknown,
): Command {
  return defineCommand({
    name,
    usage: 'RESOURCE',
    summary,
    flags: patched,
    run: async context => {
      const reporter = await WriteReporter.create(context);
      const api = await context.api();
      const errors = await eachTarget(context, async ({ mapping, namespace, name: objectName, object }) => {
        const where = `${mapping.resource}${mapping.group ? `.${mapping.group}` : ''} ${JSON.stringify(objectName)}`;
        try {
          const patch = patchOf(context, object, mapping.kind);
          const manager = context.flags.string('field-manager');
          const result =
            reporter.dryRun === 'client'
              ? object
              : await api.patch(mapping, namespace, objectName, 'strategic', patch, {
                  dryRun: reporter.dryRun,
                  fieldManager: manager,
                });
          reporter.done(result, operation);
        } catch (error) {
          throw error instanceof CliError ? new CliError(`error: ${where} ${error.message}`) : error;
        }
      });
      reporter.finish();
      // Even one alone stands without 'error:' before it.
      if (errors.length > 0) throw new AggregateError(errors);
    },
  });
}

const pause = patching('pause', 'Mark the provided resource as paused.', 'paused', (_, object, kind) => {
  if (kind !== 'Deployment') throw new CliError('pausing is not supported');
  if (object.spec?.paused) throw new CliError('is already paused');
  return { spec: { paused: true } };
});

const resume = patching('resume', 'Resume a paused resource.', 'resumed', (_, object, kind) => {
  if (kind !== 'Deployment') throw new CliError('resuming is not supported');
  if (!object.spec?.paused) throw new CliError('is not paused');
  return { spec: { paused: null } };
});

const restart = patching('restart', 'Restart a resource.', 'restarted', (context, object, kind) => {
  if (!['Deployment', 'DaemonSet', 'StatefulSet'].includes(kind))
    throw new CliError('restarting is not supported');
  if (object.spec?.paused) throw new CliError("can't restart paused deployment (run rollout resume first)");
  const at = toRfc3339(context.io.clock.now());
  return {
    spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': at } } } },
  };
});

export const rolloutCommand = defineCommand({
  name: 'rollout',
  usage: 'SUBCOMMAND',
  summary: 'Manage the rollout of one or many resources.',
  examples: ['% rollout undo deployment/abc', '% rollout status daemonset/foo'],
  subcommands: [history, pause, restart, resume, status, undo],
});
