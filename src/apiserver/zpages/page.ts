import { statusError } from '#machinery/status.ts';
import { toYaml } from '#machinery/yaml-write.ts';
import { type Acceptable, type AskedKind, findAcceptable } from '../http/negotiate.ts';

/** What a component tells of itself: to people as text, to programs as an object. */
export interface Page {
  readonly kind: 'Statusz' | 'Flagz';
  /** Names the object, and stands in the text's title. */
  readonly component: string;
  /** What follows the text's title and warning. */
  text(): string;
  /** What the object has beside its kind and name. */
  fields(): object;
}

export interface PageAnswer {
  readonly contentType: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const group = 'config.k8s.io';
const versions = ['v1beta1', 'v1alpha1'];
const deprecated = 'v1alpha1';
const text = 'text/plain';
const types = ['application/json', 'application/yaml', text];

/**
 * The page in the first form that the Accept header names and there is: text, or the object, for which kind, group and
 * version must be named. Throws NotAcceptable.
 */
export function answerPage(page: Page, accept = ''): PageAnswer {
  const isOwn = (kind: AskedKind) =>
    kind.group === group && kind.kind === page.kind && versions.includes(kind.version);
  const found: Acceptable | undefined =
    accept.trim() === ''
      ? { type: text, isPretty: false }
      : findAcceptable(accept, types, (type, kind) => (type === text ? !kind : !!kind && isOwn(kind)));
  if (!found) throw statusError.notAcceptable(types);
  if (!found.kind) return { contentType: `${text}; charset=utf-8`, body: textOf(page) };
  return objectOf(page, found.type, found.kind.version);
}

function textOf(page: Page): string {
  return [
    '',
    `${page.component} ${page.kind.toLowerCase()}`,
    'Warning: This endpoint is not meant to be machine parseable, has no formatting compatibility guarantees and is for debugging purposes only.',
    page.text(),
  ].join('\n');
}

function objectOf(page: Page, type: string, version: string): PageAnswer {
  const { kind, component } = page;
  const apiVersion = `${group}/${version}`;
  const object = { kind, apiVersion, metadata: { name: component }, ...page.fields() };
  const warning = `299 - "This version of the ${kind.toLowerCase()} endpoint is deprecated. Please use a newer version."`;
  return {
    contentType: `${type};g=${group};v=${version};as=${kind}`,
    body: type === 'application/yaml' ? toYaml(object) : `${JSON.stringify(object)}\n`,
    ...(version === deprecated ? { headers: { warning } } : {}),
  };
}
