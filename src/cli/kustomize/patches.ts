import { DecodeError } from '#machinery/decode-error.ts';
import { parseExactJson } from '#machinery/json-parse.ts';
import { applyJsonPatch } from '#machinery/patch/json-patch.ts';
import { StatusError } from '#machinery/status.ts';
import { parseYaml } from '#machinery/yaml.ts';
import { toYaml } from '#machinery/yaml-write.ts';
import { CliError, messageOf } from '../errors.ts';
import { readResources } from './documents.ts';
import { idText } from './identity.ts';
import { isMap, type JsonMap } from './json.ts';
import type { Patch } from './kustomization.ts';
import type { Resource } from './resource.ts';
import { strategicMerge } from './strategic-merge.ts';
import type { Transformation } from './transformation.ts';

/** `patchesStrategicMerge`: texts or paths of patches, for the resources that they name. */
export async function patchesStrategicMerge(work: Transformation): Promise<void> {
  const { patchesStrategicMerge: paths } = work.kustomization;
  if (paths.length === 0) return;
  const patches = await readMerges(work, paths).catch(error => {
    if (!(error instanceof CliError)) throw error;
    throw new CliError(
      `trouble configuring builtin PatchStrategicMergeTransformer with config: \`\n${toYaml({ paths })}\`: ${error.message}`,
    );
  });
  for (const patch of patches) mergeInto(work, work.set.theOne(patch.originalId), patch, {});
}

async function readMerges({ files }: Transformation, paths: readonly string[]): Promise<Resource[]> {
  const patches: Resource[] = [];
  for (const path of paths)
    patches.push(...(attempted(() => readResources(path)) ?? readResources(await files.readText(path))));
  if (patches.length === 0)
    throw new CliError(`patch appears to be empty; files=[${paths.join(' ')}], Patch=`);
  return patches;
}

/** `patches`: of either kind, for what their targets select or, where they are merged, for what they name. */
export async function patchesFrom(work: Transformation): Promise<void> {
  for (const rule of work.kustomization.patches) {
    const { merges, operations, source } = await readPatch(work, rule).catch(error => {
      if (!(error instanceof CliError)) throw error;
      throw new CliError(
        `trouble configuring builtin PatchTransformer with config: \`\n${toYaml(rule)}\`: ${error.message}`,
      );
    });
    if (merges) mergeEach(work, merges, rule, source);
    else operateOn(work, operations ?? [], rule, source);
  }
}

async function readPatch(work: Transformation, rule: Patch) {
  const { text, source } = await textOfPatch(work, rule);
  const merges = attempted(() => readResources(text));
  const operations = attempted(() => operationsOf(text));
  if (merges?.length && operations?.length)
    throw new CliError(`illegally qualifies as both an SM and JSON patch: ${source}`);
  if (!merges && !operations) throw new CliError(`unable to parse SM or JSON patch from ${source}`);
  return { merges, operations, source };
}

/** `patchesJson6902`. */
export async function patchesJson6902(work: Transformation): Promise<void> {
  for (const rule of work.kustomization.patchesJson6902) {
    if (!rule.target?.name) throw new CliError('must specify the target name');
    if (!rule.path && !rule.patch) throw new CliError('empty file path and empty jsonOp');
    if (rule.path && rule.patch) throw new CliError('must specify a file path or jsonOp, not both');
    const text = rule.path ? await work.files.readText(rule.path) : rule.patch!;
    const operations = attempted(() => operationsOf(text));
    if (!operations) throw new CliError(`decoding ${text}: no JSON patch`);
    for (const resource of work.set.select(rule.target)) operate(resource, operations);
  }
}

async function textOfPatch({ files }: Transformation, rule: Patch) {
  const { path, patch } = rule;
  const text = patch?.trim() ?? '';
  if (!text && !path) throw new CliError(`must specify one of patch and path in\n${toYaml(rule)}`);
  if (text && path) throw new CliError(`patch and path can't be set at the same time\n${toYaml(rule)}`);
  if (text) return { text, source: `[patch: ${JSON.stringify(text)}]` };
  try {
    return { text: await files.readText(path!), source: `[path: ${JSON.stringify(path)}]` };
  } catch (error) {
    throw new CliError(`failed to get the patch file from path(${path}): ${messageOf(error)}`);
  }
}

function mergeEach(work: Transformation, patches: Resource[], rule: Patch, source: string): void {
  const { set } = work;
  if (!rule.target) {
    for (const patch of patches) {
      let target: Resource;
      try {
        target = set.theOne(patch.originalId);
      } catch (error) {
        throw new CliError(
          `no resource matches strategic merge patch ${JSON.stringify(idText(patch.originalId))}: ${messageOf(error)}`,
        );
      }
      mergeInto(work, target, patch, rule.options ?? {});
    }
    return;
  }
  if (patches.length > 1)
    throw new CliError(
      `Multiple Strategic-Merge Patches in one \`patches\` entry is not allowed to set \`patches.target\` field: ${source}`,
    );
  for (const target of set.select(rule.target))
    for (const patch of patches) mergeInto(work, target, patch, rule.options ?? {});
}

function mergeInto(
  { set, schemas }: Transformation,
  target: Resource,
  patch: Resource,
  { allowNameChange = false, allowKindChange = false }: NonNullable<Patch['options']>,
): void {
  const { name, namespace, kind, gvk } = target;
  if (allowNameChange || allowKindChange) target.remember();
  const schema = schemas.schemaOfKind(gvk.group ?? '', gvk.version ?? '', kind);
  const object = structuredClone(patch.object);
  object.apiVersion = target.object.apiVersion;
  const merged = strategicMerge(target.object, object, schema);
  if (!merged) {
    set.resources = set.resources.filter(resource => resource !== target);
    return;
  }
  target.object = merged;
  if (!allowKindChange) target.kind = kind;
  if (!allowNameChange) target.name = name;
  target.namespace = namespace;
}

function operateOn(work: Transformation, operations: unknown[], rule: Patch, source: string): void {
  if (!rule.target) throw new CliError(`must specify a target for JSON patch ${source}`);
  for (const resource of work.set.select(rule.target)) {
    resource.remember();
    operate(resource, operations);
  }
}

function operate(resource: Resource, operations: unknown[]): void {
  try {
    resource.object = applyJsonPatch(resource.object, operations) as JsonMap;
  } catch (error) {
    if (error instanceof StatusError) throw new CliError(error.message);
    throw error;
  }
}

function operationsOf(text: string): unknown[] {
  const value: unknown = text.startsWith('[') ? parseJson(text) : parseYaml(text);
  if (Array.isArray(value) && value.every(isMap)) return value;
  throw new DecodeError('no list of operations');
}

function parseJson(text: string): unknown {
  try {
    return parseExactJson(text);
  } catch (error) {
    throw new DecodeError(messageOf(error));
  }
}

/** Undefined for what is no such text. */
function attempted<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof CliError || error instanceof DecodeError) return undefined;
    throw error;
  }
}
