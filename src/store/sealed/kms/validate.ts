import { aggregateText } from '#machinery/field.ts';
import { checkDns1123Subdomain } from '#machinery/names.ts';
import { keyTypes } from './data-key.ts';
import type { Annotations, Message } from './messages.ts';

const keyIdBytesMax = 1024;
const encryptedKeyBytesMax = 1024;
const annotationsBytesMax = 32 * 1024;

export function keyIdProblem(keyId: string): { code: 'empty' | 'too_long'; text: string } | undefined {
  if (keyId === '') return { code: 'empty', text: 'keyID is empty' };
  const length = Buffer.byteLength(keyId);
  if (length <= keyIdBytesMax) return undefined;
  return {
    code: 'too_long',
    text: `keyID is ${length} bytes, which exceeds the max size of ${keyIdBytesMax}`,
  };
}

/** Throws where what is stored of a key, or is going to be, is not what a plug-in may say. */
export function checkStored({ keyId, encryptedKey, annotations, keyType }: StoredKey): void {
  if (!(Object.values(keyTypes) as number[]).includes(keyType)) {
    throw new Error(`unknown encryptedDEKSourceType: ${keyType}`);
  }
  const problem = encryptedKeyProblem(encryptedKey);
  if (problem) throw new Error(`failed to validate encrypted DEK source: ${problem}`);
  const ofId = keyIdProblem(keyId);
  if (ofId) throw new Error(`failed to validate key id: ${ofId.text}`);
  const ofAnnotations = annotationProblems(annotations);
  if (ofAnnotations.length > 0) {
    throw new Error(`failed to validate annotations: ${aggregateText(ofAnnotations)}`);
  }
}

/** All of a stored value but the value. */
export type StoredKey = Omit<Message<'EncryptedObject'>, 'encryptedData'>;

function encryptedKeyProblem({ length }: Uint8Array): string | undefined {
  if (length === 0) return 'encrypted DEK source is empty';
  if (length <= encryptedKeyBytesMax) return undefined;
  return `encrypted DEK source is ${length} bytes, which exceeds the max size of ${encryptedKeyBytesMax}`;
}

function annotationProblems(annotations: Annotations): string[] {
  const problems: string[] = [];
  let bytes = 0;
  for (const [name, value] of annotations) {
    problems.push(...domainProblems(name));
    bytes += Buffer.byteLength(name) + value.length;
  }
  if (bytes > annotationsBytesMax) {
    problems.push(
      `total size of annotations is ${bytes}, which exceeds the max size of ${annotationsBytesMax}`,
    );
  }
  return problems;
}

function domainProblems(name: string): string[] {
  if (name === '') return ['annotations: Required value'];
  const domain = name.endsWith('.') ? name.slice(0, -1) : name;
  const wrong = checkDns1123Subdomain(domain);
  if (wrong.length === 0 && !domain.includes('.')) {
    wrong.push('should be a domain with at least two segments separated by dots');
  }
  return wrong.length > 0 ? [`annotations: Invalid value: ${JSON.stringify(domain)}: ${wrong.join()}`] : [];
}
