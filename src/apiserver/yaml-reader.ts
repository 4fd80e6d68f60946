import { inSteps } from '#base/steps.ts';
import type { Breathe } from '#base/time-slice.ts';
import { DecodeError } from '#machinery/decode-error.ts';
import { jsonOfYaml, jsonOfYamlInSteps } from '#machinery/json-decode.ts';
import { parseExactJson } from '#machinery/json-parse.ts';
import { type YamlReading, parseYamlStrictly, readYaml, yamlText } from '#machinery/yaml.ts';
import type { ApiRequest, YamlValue } from './request.ts';

/** Reads YAML elsewhere than on the event loop: it takes some thirty times as long as JSON. */
export interface YamlReader extends Disposable {
  /** Rejects with DecodeError for what is no YAML, with StatusError where it cannot be read. */
  read(text: string): Promise<YamlReading>;
}

/** Less is read as fast as it is handed over. */
const largeLength = 64 * 1024;

/**
 * Reads a large body in YAML for whoever decodes it later; undefined where there is nothing to wait for. `breathe` is asked
 * between the steps of what is done here.
 */
export function readAhead(
  reader: YamlReader | undefined,
  request: ApiRequest,
  breathe: Breathe,
): Promise<void> | undefined {
  const { body } = request;
  if (!reader || !(body instanceof Uint8Array) || body.length <= largeLength) return undefined;
  const [type = ''] = (request.headers['content-type'] ?? '').split(';');
  return type.trim().toLowerCase().endsWith('yaml') ? read(reader, request, body, breathe) : undefined;
}

async function read(
  reader: YamlReader,
  request: ApiRequest,
  body: Uint8Array,
  breathe: Breathe,
): Promise<void> {
  try {
    const text = yamlText(body);
    // Most who apply something large send JSON.
    const isPatch = request.method === 'PATCH';
    const json = isPatch ? await inSteps(jsonOfYamlInSteps(text), breathe) : undefined;
    request.yaml = json ? { ...json, duplicates: [] } : await reader.read(text);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    request.yaml = error;
  }
}

/** What a request's body in YAML says, as JSON with its keys in order. Throws DecodeError. */
export function yamlReadingOf({ yaml }: ApiRequest, body: Uint8Array): YamlReading {
  if (yaml instanceof DecodeError) throw yaml;
  return yaml && 'json' in yaml ? yaml : readYaml(yamlText(body));
}

/** The same as a value. Throws DecodeError. */
export function yamlValueOf({ yaml }: ApiRequest, body: Uint8Array): YamlValue {
  if (yaml instanceof DecodeError) throw yaml;
  if (yaml) return 'json' in yaml ? { value: parseExactJson(yaml.json), duplicates: yaml.duplicates } : yaml;
  const text = yamlText(body);
  const json = jsonOfYaml(text);
  return json ? { ...json, duplicates: [] } : parseYamlStrictly(text);
}
