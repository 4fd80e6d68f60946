/** Who changed a field, by the object's managedFields (KEP-555). */
import type { KubeObject, ManagedFieldsEntry } from '#machinery/object.ts';
import { valueText } from './diff.ts';
import {
  type Evidence,
  type Explanation,
  explanation,
  type Finding,
  healthy,
  problem,
  referenceTo,
} from './explanation.ts';
import { descend, type PathStep } from './field-path.ts';
import { ago, count, listed } from './words.ts';

interface Owner {
  readonly entry: ManagedFieldsEntry;
  /** Fields below the one that is asked about; 0 where it is managed itself. */
  readonly below: number;
  readonly exact: boolean;
}

/** `text` is the path as the user wrote it. */
export function explainField(
  object: KubeObject,
  steps: readonly PathStep[],
  text: string,
  nowMs: number,
): Explanation {
  const path = text.startsWith('.') || text.startsWith('[') ? text : `.${text}`;
  return explanation(referenceTo(object), [findingOf(object, steps, path, nowMs)]);
}

function findingOf(object: KubeObject, steps: readonly PathStep[], path: string, nowMs: number): Finding {
  let value: unknown = object;
  for (const step of steps) value = descend(value, step).value;
  const owners = (object.metadata.managedFields ?? [])
    .flatMap(entry => ownerOf(entry, object, steps) ?? [])
    .sort((a, b) => Date.parse(b.entry.time ?? '') - Date.parse(a.entry.time ?? ''));
  if (value === undefined && owners.length === 0) {
    return problem('NoField', `${path} is not set`, { evidence: ['No manager has it'] });
  }
  const is = value === undefined ? 'not set' : valueText(value);
  const [last] = owners;
  if (!last) {
    return healthy('NoManager', `${path} is ${is}, and no manager has it`, {
      evidence: ['It is a default, or was written before managers were kept, or by the server itself'],
    });
  }
  const how = last.exact ? 'set by' : 'with fields set by';
  return healthy(
    'Managed',
    `${path} is ${is}, ${how} ${managerText(last.entry)} ${ago(last.entry.time, nowMs)}`,
    {
      evidence: [
        ...(owners.length > 1 || !last.exact ? owners.map(owner => ownerEvidence(owner, nowMs)) : []),
        `${last.entry.time ?? 'The time'} is when ${last.entry.manager} last changed any of its fields; this one may be older`,
        ...applyEvidence(owners),
      ],
    },
  );
}

function ownerOf(
  entry: ManagedFieldsEntry,
  object: KubeObject,
  steps: readonly PathStep[],
): Owner | undefined {
  let nodes: Record<string, unknown>[] = [entry.fieldsV1 ?? {}];
  let value: unknown = object;
  for (const step of steps) {
    // A set without anything below it has the whole value: maps and lists that are one to their owner.
    if (nodes.length > 0 && nodes.every(isLeaf)) return { entry, below: 0, exact: true };
    const next = descend(value, step);
    nodes = nodes.flatMap(node => next.elements(node).flatMap(element => childOf(node, element)));
    value = next.value;
    if (nodes.length === 0) return undefined;
  }
  const below = nodes.reduce((sum, node) => sum + leaves(node), 0);
  return { entry, below, exact: nodes.some(node => isLeaf(node) || '.' in node) };
}

function childOf(node: Record<string, unknown>, element: string): Record<string, unknown>[] {
  const child = node[element];
  return child === undefined ? [] : [child as Record<string, unknown>];
}

const isLeaf = (node: object): boolean => Object.keys(node).length === 0;

function leaves(node: Record<string, unknown>): number {
  return Object.entries(node)
    .filter(([element]) => element !== '.')
    .reduce((sum, [, child]) => {
      const set = child as Record<string, unknown>;
      return sum + (isLeaf(set) ? 1 : leaves(set));
    }, 0);
}

/** 'kubectl-scale (Update of /scale)'. */
function managerText({ manager = '', operation = '', subresource }: ManagedFieldsEntry): string {
  return `${manager} (${operation}${subresource ? ` of /${subresource}` : ''})`;
}

function ownerEvidence({ entry, below, exact }: Owner, nowMs: number): Evidence {
  const what = below > 0 ? `has ${count(below, 'field')} in it` : exact ? 'has it' : 'has a part of it';
  return {
    text: `${managerText(entry)} ${what}, last change ${ago(entry.time, nowMs) || 'unknown'} (${entry.time ?? 'no time'})`,
  };
}

/** What follows from who applies it. */
function applyEvidence(owners: readonly Owner[]): string[] {
  const appliers = owners
    .filter(({ entry }) => entry.operation === 'Apply')
    .map(({ entry }) => entry.manager ?? '');
  if (appliers.length === 0) return [];
  return [
    `${listed(appliers)} ${appliers.length === 1 ? 'applies' : 'apply'} it: another value is a conflict to the next apply, which --force-conflicts overrules`,
  ];
}
