import { type KubeObject, parseApiVersion } from '#machinery/object.ts';
import { StatusError } from '#machinery/status.ts';
import { toYaml } from '#machinery/yaml-write.ts';
import { CliError, ExitError, messageOf } from '../errors.ts';
import { toJson } from '../print/json.ts';
import type { CliContext } from './context.ts';
import { validationOf } from './flag-groups.ts';
import { withLastApplied } from './last-applied.ts';
import { parseDocuments, parseManifests } from './manifests.ts';
import { sameJson } from './merge.ts';
import { recorded } from './record.ts';
import { infoOf, type ResourceInfo } from './resources.ts';

/** What distinguishes the commands that let the user edit objects. */
export interface EditMode {
  /** Stands at the head of the file, but where that is JSON. */
  readonly header?: string;
  /** Whether what the server refuses may be edited again; otherwise it is an error. */
  readonly retries?: boolean;
  /** Sends what was edited, and tells of it. `before` is undefined for an object that was not offered. */
  save(edited: EditedInfo, before: KubeObject | undefined): Promise<void>;
}

export type EditedInfo = ResourceInfo & { readonly object: KubeObject };

const objectHeader = `# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
`;

/**
 * Offers objects in the user's editor, as one file, and saves what was changed. What the server finds invalid is offered
 * again with the reasons; where nothing more can be done here, the file stays for the user.
 */
export async function editObjects(
  context: CliContext,
  objects: readonly KubeObject[],
  mode: EditMode,
): Promise<void> {
  const { fs } = context.io;
  const json = context.flags.string('output') === 'json';
  const offered = objects.map(withoutManagedFields);
  const original = (json ? toJson : toYaml)(offered.length === 1 ? offered[0]! : listOf(offered));
  const directory = await fs.temporaryDirectory(`${context.program}-edit-`);
  const path = `${directory}/edited.${json ? 'json' : 'yaml'}`;
  const windows = context.flags.has('windows-line-endings') && context.flags.bool('windows-line-endings');
  const kept = (error: unknown) => {
    context.error(`A copy of your changes has been stored to ${JSON.stringify(path)}\n`);
    return error;
  };
  let text = original;
  let reasons: readonly string[] = [];
  for (;;) {
    const head = json ? '' : (mode.header ?? objectHeader) + reasons.map(commented).join('');
    await fs.write(path, windows ? (head + text).replaceAll('\n', '\r\n') : head + text, 0o600);
    await openEditor(context, path).catch(async error => {
      // Of the first round there are no changes that could be lost.
      if (reasons.length === 0) await fs.remove(directory);
      throw reasons.length === 0 ? error : kept(error);
    });
    const saved = withoutComments(new TextDecoder().decode(await fs.read(path)).replaceAll('\r\n', '\n'));
    if (reasons.length > 0 && sameText(saved, text))
      throw kept(new CliError('Edit cancelled, no valid changes were saved.'));
    const failure = validationOf(context.flags) === 'Ignore' ? undefined : failureOf(saved);
    if (failure !== undefined) {
      const what = await resourceOf(context, offered[0]!);
      context.error(`error: ${what} is invalid\n`);
      reasons = [
        `${what} was not valid:\n* <nil>: Invalid value: "The edited file failed validation": ${failure}`,
      ];
      text = saved;
      continue;
    }
    const nothing = sameText(saved, original)
      ? 'Edit cancelled, no changes made.'
      : saved.trim() === '' && 'Edit cancelled, saved file was empty.';
    if (nothing) {
      await fs.remove(directory);
      return context.error(`${nothing}\n`);
    }
    text = saved;
    const failures = new EditFailures(context);
    try {
      for (const info of await editedInfos(context, saved)) await saveOne(info, offered, mode, failures);
    } catch (error) {
      if (!(error instanceof SyntaxFailure)) throw kept(error);
      reasons = [`The edited file had a syntax error: ${error.message}`];
      continue;
    }
    if (failures.end(path)) throw new ExitError(1);
    reasons = failures.reasons;
    if (reasons.length === 0) return fs.remove(directory);
  }
}

/** Why a text holds no objects. */
function failureOf(text: string): string | undefined {
  try {
    return parseManifests(text, 'edited-file').length === 0 ? 'no object in it' : undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** 'deployments.apps "x"', as messages name an object that was offered. */
async function resourceOf(context: CliContext, { apiVersion, kind, metadata }: KubeObject): Promise<string> {
  const { group, version } = parseApiVersion(apiVersion);
  const resource = (await context.mapper()).kind(group, version, kind)?.resource ?? kind;
  return `${group ? `${resource}.${group}` : resource} ${JSON.stringify(metadata.name ?? '')}`;
}

class SyntaxFailure extends CliError {
  override readonly name = 'SyntaxFailure';
}

/** What the server refused of one round, told as it comes. */
class EditFailures {
  readonly reasons: string[] = [];
  readonly #context: CliContext;
  #retryable = false;
  #notFound = false;

  constructor(context: CliContext) {
    this.#context = context;
  }

  add({ mapping, name }: ResourceInfo, error: StatusError): void {
    const what = `${mapping.group ? `${mapping.resource}.${mapping.group}` : mapping.resource} ${JSON.stringify(name)}`;
    if (error.reason === 'Invalid') {
      const causes = error.status.details?.causes ?? [];
      const lines = causes.map(({ field, message }) => `* ${field ?? ''}: ${message ?? ''}`);
      this.reasons.push(`${what} was not valid${lines.length > 0 ? ':' : ''}\n${lines.join('\n')}`.trim());
      this.#context.error(`error: ${what} is invalid\n`);
    } else if (error.reason === 'NotFound') {
      this.#notFound = true;
      this.#context.error(`error: ${what} could not be found on the server\n`);
    } else {
      this.#retryable = true;
      this.#context.error(`error: ${what} could not be patched: ${error.message}\n`);
    }
  }

  /** Whether nothing more can be done but by the user, who is told how. */
  end(path: string): boolean {
    if (this.#retryable)
      this.#context.error(
        `You can run \`${this.#context.program} replace -f ${path}\` to try this update again.\n`,
      );
    else if (this.#notFound)
      this.#context.error(
        `The edits you made on deleted resources have been saved to ${JSON.stringify(path)}\n`,
      );
    return this.#retryable || this.#notFound;
  }
}

async function saveOne(
  info: EditedInfo,
  offered: readonly KubeObject[],
  mode: EditMode,
  failures: EditFailures,
): Promise<void> {
  try {
    await mode.save(
      info,
      offered.find(object => isSame(object, info.object)),
    );
  } catch (error) {
    if (!(error instanceof StatusError && mode.retries)) throw error;
    failures.add(info, error);
  }
}

/** By uid; what was never stored, by kind and name. */
function isSame(a: KubeObject, b: KubeObject): boolean {
  if (a.metadata.uid || b.metadata.uid) return a.metadata.uid === b.metadata.uid;
  return a.kind === b.kind && a.metadata.name === b.metadata.name;
}

async function editedInfos(context: CliContext, text: string): Promise<EditedInfo[]> {
  let objects: KubeObject[];
  try {
    objects = parseManifests(text, 'edited-file').map(manifest => manifest.object);
  } catch (error) {
    throw new SyntaxFailure(messageOf(error));
  }
  const mapper = await context.mapper();
  const namespace = { name: (await context.namespace()).name, explicit: true };
  const save = context.flags.has('save-config') && context.flags.bool('save-config');
  return objects.map(edited => {
    const info = infoOf({ object: edited, source: 'edited-file' }, mapper, namespace);
    const object = info.object!;
    const saved = save ? withLastApplied(object) : object;
    return { ...info, object: context.flags.has('record') ? recorded(context, saved) : saved };
  });
}

async function openEditor(context: CliContext, path: string): Promise<void> {
  const { env } = context.io;
  const editor = env.KUBE_EDITOR || env.EDITOR || 'vi';
  const result = await context.io.run('sh', ['-c', `${editor} "$1"`, 'sh', path]);
  if (result.code !== 0) throw new CliError(`there was a problem with the editor ${JSON.stringify(editor)}`);
}

/** A reason as the file has it: lines that are ignored, and an empty one after them. */
function commented(reason: string): string {
  return `${reason.replace(/^/gm, '# ')}\n#\n`;
}

function withoutComments(text: string): string {
  return text.replace(/^[ \t]*#.*\n?/gm, '');
}

/** Whether two files say the same; of those that cannot be read, whether they are the same. */
function sameText(a: string, b: string): boolean {
  if (a === b) return true;
  try {
    return sameJson(parseDocuments(a, ''), parseDocuments(b, ''));
  } catch {
    return false;
  }
}

function listOf(items: readonly KubeObject[]): KubeObject {
  return { apiVersion: 'v1', kind: 'List', metadata: {}, items } as KubeObject;
}

function withoutManagedFields(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
