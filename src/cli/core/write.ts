import type { KubeObject } from '#machinery/object.ts';
import { parseApiVersion } from '#machinery/object.ts';
import { type ObjectPrinter, printerOf, qualifiedKind } from '../print/printer.ts';
import type { CliContext } from './context.ts';
import { type DryRun, dryRunDeprecation, dryRunOf } from './flag-groups.ts';
import { klogHead } from './logged-transport.ts';

/** Tells the user what a write did: a line such as 'pod/x created', or the object where -o asks for it. */
export class WriteReporter {
  readonly dryRun: DryRun;
  readonly #context: CliContext;
  readonly #printer: ObjectPrinter | undefined;

  private constructor(context: CliContext, dryRun: DryRun, printer: ObjectPrinter | undefined) {
    this.#context = context;
    this.dryRun = dryRun;
    this.#printer = printer;
  }

  static async create(context: CliContext): Promise<WriteReporter> {
    const { flags } = context;
    const dryRun = flags.has('dry-run') ? dryRunOf(flags) : 'none';
    const deprecation = flags.has('dry-run') ? dryRunDeprecation(flags) : undefined;
    if (deprecation) {
      const { clock, processId } = context.io;
      context.error(`${klogHead(clock.now(), processId, deprecation.source, 'W')}${deprecation.text}\n`);
    }
    const printer = flags.has('output') ? await printerOf(flags, context.io.fs) : undefined;
    return new WriteReporter(context, dryRun, printer);
  }

  /** True where -o prints objects rather than lines. */
  get printsObjects(): boolean {
    return this.#printer !== undefined;
  }

  done(object: KubeObject, operation: string, suffix = this.suffix): void {
    if (this.#printer) {
      this.#context.out(this.#printer.print(object));
      return;
    }
    const { group } = parseApiVersion(object.apiVersion);
    const name = `${qualifiedKind(object.kind, group)}/${object.metadata.name ?? ''}`;
    this.#context.out(`${name} ${operation}${suffix}\n`);
  }

  get suffix(): string {
    return dryRunSuffix(this.dryRun);
  }

  finish(): void {
    if (this.#printer) this.#context.out(this.#printer.flush());
  }
}

export function dryRunSuffix(dryRun: DryRun): string {
  return dryRun === 'client' ? ' (dry run)' : dryRun === 'server' ? ' (server dry run)' : '';
}

export function warnIfDeleting(context: CliContext, { metadata }: KubeObject): void {
  if (metadata.deletionTimestamp)
    context.error(
      `Warning: Detected changes to resource ${metadata.name} which is currently being deleted.\n`,
    );
}
