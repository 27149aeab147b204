import type { Message as ParsedMessage } from 'node-hl7-client';
import { unescapeValue } from './escapes.js';
import { isAbsent, type Separators } from './separators.js';

/** One node of node-hl7-client's tree: a segment, field, repetition, component or subcomponent. */
export type Hl7Node = ReturnType<ParsedMessage['toArray']>[number];

/** What reading a value needs to know of its message. */
export interface ReadingContext {
  readonly separators: Separators;
  readonly decodeBytes: (bytes: Uint8Array) => string;
  /** How many characters of a value are read, as sent; all of them unless given. */
  readonly longestValue?: number;
}

/**
 * One segment: node-hl7-client splits it, the values are unescaped here. Fields count as the standard counts
 * them: in MSH the separator itself is field 1.
 */
export class Segment {
  readonly name: string;
  readonly #node: Hl7Node;
  readonly #context: ReadingContext;

  constructor(node: Hl7Node, context: ReadingContext) {
    this.#node = node;
    this.#context = context;
    this.name = node.toRaw().slice(0, 3);
  }

  /** The same segment, of whose values only so many characters are read. */
  cutAt(longestValue: number): Segment {
    return new Segment(this.#node, { ...this.#context, longestValue });
  }

  /** How many repetitions a field has; 0 when it is empty or absent. */
  repetitions(field: number): number {
    return this.#field(field)?.length ?? 0;
  }

  /**
   * One value, unescaped and trimmed; `''` when it is empty or absent, `'""'` when it is explicitly null. All
   * numbers from 1.
   */
  text(field: number, repetition = 1, component = 1, subcomponent = 1): string {
    if (this.name === 'MSH' && field <= 2) return this.#headerText(field);
    const node = this.#field(field)?.toArray()[repetition - 1]?.toArray()[component - 1]?.toArray()[
      subcomponent - 1
    ];
    if (!node) return '';
    const sent = node.toRaw().slice(0, this.#context.longestValue);
    return unescapeValue(sent, this.#context.separators, this.#context.decodeBytes).trim();
  }

  /** A whole field as it was sent, escapes and delimiters included. */
  raw(field: number): string {
    if (this.name === 'MSH' && field <= 2) return this.#headerText(field);
    return this.#field(field)?.toRaw() ?? '';
  }

  #field(field: number): Hl7Node | undefined {
    return this.#node.toArray()[this.name === 'MSH' ? field - 1 : field];
  }

  #headerText(field: number): string {
    if (field === 1) return this.#context.separators.field;
    const sent = this.#node.toArray()[1]?.toRaw() ?? '';
    return Array.from(sent)
      .filter((character) => !isAbsent(character))
      .join('');
  }
}
