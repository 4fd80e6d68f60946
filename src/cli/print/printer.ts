import type { KubeObject } from '#machinery/object.ts';
import { parseApiVersion } from '#machinery/object.ts';
import { CliError } from '../errors.ts';
import type { FlagValues } from '../core/flags.ts';
import type { CliFs } from '../io.ts';
import { CustomColumnsPrinter } from './custom-columns.ts';
import { parseGoTemplate } from './go-template.ts';
import { toCompactJson, toJson } from './json.ts';
import { parseJsonPath } from './jsonpath.ts';
import { toYaml } from '#machinery/yaml-write.ts';

/** Prints objects one by one; what needs the whole (column widths) comes out at the flush. */
export interface ObjectPrinter {
  print(object: KubeObject): string;
  flush(): string;
}

export interface PrinterOptions {
  readonly noHeaders?: boolean;
  /** The word behind a name: 'created' in 'pod/x created'. With it, -o name and no -o print a line. */
  readonly operation?: string;
}

const formats =
  'custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,template,templatefile,wide,yaml';

/** The printer that -o and --template ask for; undefined for the table of the command's own. */
export async function printerOf(
  flags: FlagValues,
  fs: CliFs,
  options: PrinterOptions = {},
): Promise<ObjectPrinter | undefined> {
  const { format, argument } = splitOutput(flags);
  const keepManaged = flags.has('show-managed-fields') && flags.bool('show-managed-fields');
  const shown = (object: KubeObject) => (keepManaged ? object : withoutManagedFields(object));
  const allowMissing = !flags.has('allow-missing-template-keys') || flags.bool('allow-missing-template-keys');
  switch (format) {
    case '':
    case 'wide':
      return undefined;
    case 'name':
      return lines(object => `${nameOf(object)}\n`);
    case 'json':
      return lines(object => toJson(shown(object)));
    case 'yaml':
      return documents(object => toYaml(shown(object)));
    case 'jsonpath':
    case 'jsonpath-as-json':
    case 'jsonpath-file': {
      const text = format === 'jsonpath-file' ? await readText(fs, argument) : argument;
      if (text === '') throw new CliError('template format specified but no template given');
      return jsonPathPrinter(text, format === 'jsonpath-as-json', allowMissing);
    }
    case 'go-template':
    case 'template':
    case 'go-template-file':
    case 'templatefile': {
      const file = format.endsWith('file');
      if (argument === '') throw new CliError('template format specified but no template given');
      const template = parseGoTemplate(file ? await readText(fs, argument) : argument, allowMissing);
      return lines(object => template.execute(object));
    }
    case 'custom-columns':
      return columns(CustomColumnsPrinter.fromSpec(argument, options.noHeaders ?? false));
    case 'custom-columns-file':
      return columns(
        CustomColumnsPrinter.fromTemplate(await readText(fs, argument), options.noHeaders ?? false),
      );
    default:
      throw new CliError(
        `unable to match a printer suitable for the output format ${JSON.stringify(flags.string('output'))}, allowed formats are: ${formats}`,
      );
  }
}

/** -o jsonpath={.x} is a format and its argument; --template gives the argument apart. */
export function splitOutput(flags: FlagValues): { format: string; argument: string } {
  const output = flags.string('output');
  const template = flags.has('template') ? flags.string('template') : '';
  if (output === '' && template !== '') return { format: 'go-template', argument: template };
  const equals = output.indexOf('=');
  if (equals < 0) return { format: output, argument: template };
  return { format: output.slice(0, equals), argument: output.slice(equals + 1) };
}

async function readText(fs: CliFs, path: string): Promise<string> {
  return new TextDecoder().decode(await fs.read(path));
}

function lines(print: (object: KubeObject) => string): ObjectPrinter {
  return { print, flush: () => '' };
}

/** YAML documents are parted by '---'. */
function documents(print: (object: KubeObject) => string): ObjectPrinter {
  let count = 0;
  return lines(object => (count++ > 0 ? '---\n' : '') + print(object));
}

function columns(printer: CustomColumnsPrinter): ObjectPrinter {
  return {
    print(object) {
      const { items } = object as { items?: unknown[] };
      for (const item of Array.isArray(items) ? items : [object]) printer.print(item);
      return '';
    },
    flush: () => printer.flush(),
  };
}

function jsonPathPrinter(text: string, asJson: boolean, allowMissing: boolean): ObjectPrinter {
  const path = parseJsonPath(text, allowMissing);
  if (!asJson) return lines(object => path.print(object));
  return lines(object =>
    path
      .find(object)
      .map(values => toJson(values))
      .join(''),
  );
}

/** 'pod/x' or 'deployment.apps/x'. */
export function nameOf(object: KubeObject): string {
  const { group } = parseApiVersion(object.apiVersion ?? '');
  return `${qualifiedKind(object.kind, group)}/${object.metadata?.name ?? ''}`;
}

/** 'pod' or 'deployment.apps', as kubectl prefixes a name with its kind. */
export function qualifiedKind(kind: string, group: string): string {
  const lower = (kind || '<unknown>').toLowerCase();
  return group === '' ? lower : `${lower}.${group}`;
}

function withoutManagedFields(object: KubeObject): KubeObject {
  const { items } = object as { items?: KubeObject[] };
  if (Array.isArray(items)) return { ...object, items: items.map(withoutManagedFields) } as KubeObject;
  if (!object.metadata?.managedFields) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** JSON for an annotation: one line, keys sorted, and a newline as Go's encoder leaves it. */
export function annotationJson(value: unknown): string {
  return `${toCompactJson(value)}\n`;
}
