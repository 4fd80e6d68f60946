import type { KubeObject } from '#machinery/object.ts';
import { parseApiVersion } from '#machinery/object.ts';
import { StatusError } from '#machinery/status.ts';
import { type Command, defineCommand } from '../../core/command.ts';
import type { CliContext } from '../../core/context.ts';
import {
  dryRunFlag,
  fieldManagerFlag,
  printFlags,
  saveConfigFlag,
  validateFlag,
  validationOf,
} from '../../core/flag-groups.ts';
import type { Flag } from '../../core/flags.ts';
import { refreshLastApplied } from '../../core/last-applied.ts';
import { recorded } from '../../core/record.ts';
import { WriteReporter } from '../../core/write.ts';
import { CliError } from '../../errors.ts';

/** An object without the parts that the server fills in. */
export type NewObject = Omit<KubeObject, 'metadata'> & {
  metadata: KubeObject['metadata'];
  [field: string]: unknown;
};

export interface Generator {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly usage: string;
  readonly summary: string;
  readonly flags: readonly Flag[];
  readonly clusterScoped?: boolean;
  /** Flags that must be given; checked before anything else. */
  readonly required?: readonly string[];
  /** What stands before the server's refusal: 'failed to create job:'. */
  readonly failure?: string;
  /** Builds the object; `name` is the one argument. */
  readonly build: (context: CliContext, name: string) => NewObject | Promise<NewObject>;
}

/** A `create` subcommand that makes one object out of flags. */
export function defineGenerator(generator: Generator): Command {
  return defineCommand({
    ...generator,
    flags: [
      ...printFlags,
      dryRunFlag,
      validateFlag,
      saveConfigFlag,
      fieldManagerFlag('kubectl-create'),
      ...generator.flags,
    ],
    run: async context => {
      requireFlags(context, generator.required ?? []);
      const object = await generator.build(context, nameFrom(context));
      try {
        await createObject(context, object, generator.clusterScoped ?? false);
      } catch (error) {
        if (!generator.failure || !(error instanceof StatusError)) throw error;
        throw new CliError(`${generator.failure} ${error.message}`);
      }
    },
  });
}

function requireFlags(context: CliContext, names: readonly string[]): void {
  const missing = names.filter(name => !context.flags.changed(name)).map(name => JSON.stringify(name));
  if (missing.length > 0) throw new CliError(`required flag(s) ${missing.join(', ')} not set`);
}

/** The one NAME before '--'. */
export function nameFrom(context: CliContext): string {
  const args = context.dashAt < 0 ? context.args : context.args.slice(0, context.dashAt);
  if (args.length !== 1) throw context.usageError(`exactly one NAME is required, got ${context.args.length}`);
  return args[0]!;
}

/** The words behind '--'. */
export function commandFrom(context: CliContext): string[] {
  return context.dashAt < 0 ? [] : context.args.slice(context.dashAt);
}

/** Sends an object made out of flags, and reports it. */
export async function createObject(
  context: CliContext,
  object: NewObject,
  clusterScoped: boolean,
  operation = 'created',
): Promise<KubeObject> {
  const { flags } = context;
  const reporter = await WriteReporter.create(context);
  const namespace = await context.namespace();
  const placed =
    clusterScoped || (!namespace.explicit && reporter.dryRun === 'client')
      ? object
      : { ...object, metadata: { ...object.metadata, namespace: namespace.name } };
  const configured = refreshLastApplied(placed, flags.has('save-config') && flags.bool('save-config'));
  const saved = flags.has('record') ? recorded(context, configured) : configured;
  if (reporter.dryRun === 'client') {
    reporter.done(saved, operation);
    reporter.finish();
    return saved;
  }
  const { group, version } = parseApiVersion(object.apiVersion);
  const mapping = (await context.mapper()).kind(group, version, object.kind);
  if (!mapping)
    throw new CliError(
      `no matches for kind ${JSON.stringify(object.kind)} in version ${JSON.stringify(object.apiVersion)}`,
    );
  const api = await context.api();
  const created = await api.create(mapping, clusterScoped ? '' : namespace.name, saved, {
    dryRun: reporter.dryRun,
    fieldManager: flags.string('field-manager'),
    fieldValidation: flags.has('validate') ? validationOf(flags) : undefined,
  });
  reporter.done(created, operation);
  reporter.finish();
  return created;
}
