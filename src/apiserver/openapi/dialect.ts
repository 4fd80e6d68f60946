/** A JSON document, or a part of one. */
export type Json = Record<string, unknown>;

/** OpenAPI 2 and 3 say the same things, with small differences. */
export type Dialect = 'v2' | 'v3';
