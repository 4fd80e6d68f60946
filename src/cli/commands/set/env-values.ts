import type { EnvVarSource } from '#api/generated/types/core.v1.ts';
import type { KubeObject } from '#machinery/object.ts';
import { quantityMilliValue, quantityValue } from '#machinery/quantity.ts';
import type { CliContext } from '../../core/context.ts';
import { CliError } from '../../errors.ts';
import type { EditableContainer } from './pod-spec-edit.ts';

/** What a variable's reference refers to, in words. */
export function referenceText(from: EnvVarSource): string {
  const { configMapKeyRef, secretKeyRef, fieldRef, resourceFieldRef } = from;
  if (configMapKeyRef) return `configmap ${configMapKeyRef.name ?? ''}, key ${configMapKeyRef.key}`;
  if (secretKeyRef) return `secret ${secretKeyRef.name ?? ''}, key ${secretKeyRef.key}`;
  if (fieldRef) return `field path ${fieldRef.fieldPath}`;
  if (!resourceFieldRef) return 'invalid valueFrom';
  const container = resourceFieldRef.containerName ? `${resourceFieldRef.containerName}/` : '';
  return `resource field ${container}${resourceFieldRef.resource}`;
}

type Data = Readonly<Record<string, string>>;

/** Looks up what variables refer to; each ConfigMap and Secret is read once. */
export class ReferenceValues {
  readonly #context: CliContext;
  readonly #read = new Map<string, Promise<Data>>();

  constructor(context: CliContext) {
    this.#context = context;
  }

  /** The value. Throws where there is none. */
  async valueOf(from: EnvVarSource, object: KubeObject, container: EditableContainer): Promise<string> {
    const { secretKeyRef, configMapKeyRef, fieldRef, resourceFieldRef } = from;
    if (secretKeyRef) {
      const { name = '', key } = secretKeyRef;
      return new TextDecoder().decode(Uint8Array.fromBase64(await this.#key('secrets', 'secret', name, key)));
    }
    if (configMapKeyRef)
      return this.#key('configmaps', 'config map', configMapKeyRef.name ?? '', configMapKeyRef.key);
    if (fieldRef) return fieldValue(object, fieldRef.fieldPath);
    if (resourceFieldRef)
      return resourceValue(container, resourceFieldRef.resource, String(resourceFieldRef.divisor ?? '0'));
    throw new CliError('invalid valueFrom');
  }

  async #key(resource: string, noun: string, name: string, key: string): Promise<string> {
    const id = `${resource}/${name}`;
    const data = await this.#read.getOrInsertComputed(id, () => this.#dataOf(resource, name));
    if (!Object.hasOwn(data, key)) throw new CliError(`key ${key} not found in ${noun} ${name}`);
    return data[key]!;
  }

  async #dataOf(resource: string, name: string): Promise<Data> {
    const mapping = (await this.#context.mapper()).resource(resource);
    const { name: namespace } = await this.#context.namespace();
    const object = await (await this.#context.api()).get(mapping, namespace, name);
    return (object as KubeObject & { data?: Data }).data ?? {};
  }
}

function fieldValue({ metadata }: KubeObject, path: string): string {
  const [, field = path, key] = /^(.+?)\['(.*)'\]$/.exec(path) ?? [];
  const map = { 'metadata.annotations': metadata.annotations, 'metadata.labels': metadata.labels };
  if (Object.hasOwn(map, field)) {
    const entries: Data = map[field as keyof typeof map] ?? {};
    if (key !== undefined) return Object.hasOwn(entries, key) ? entries[key]! : '';
    const keys = Object.keys(entries).sort();
    return keys.map(name => `${name}=${JSON.stringify(entries[name])}`).join('\n');
  }
  if (key !== undefined) throw new CliError(`fieldPath ${JSON.stringify(field)} does not support subscript`);
  switch (path) {
    case 'metadata.name':
      return metadata.name ?? '';
    case 'metadata.namespace':
      return metadata.namespace ?? '';
    case 'metadata.uid':
      return metadata.uid ?? '';
    default:
      throw new CliError(`unsupported fieldPath: ${path}`);
  }
}

const resourceField = /^(limits|requests)\.(cpu|memory|ephemeral-storage|hugepages-.+)$/;

/** In the divisor's units, rounded up; none is 0. */
function resourceValue({ resources }: EditableContainer, field: string, divisor: string): string {
  const [, kind, name] = resourceField.exec(field) ?? [];
  if (!kind || !name) throw new CliError(`Unsupported container resource : ${field}`);
  const amount = resources?.[kind as 'limits' | 'requests']?.[name] ?? '0';
  const unit = quantityValue(divisor) === 0 && quantityMilliValue(divisor) === 0 ? '1' : divisor;
  const measure = name === 'cpu' ? quantityMilliValue : quantityValue;
  return String(Math.ceil(measure(amount) / measure(unit)));
}
