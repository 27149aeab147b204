import { type FieldPath, parsePath, type Selector } from './field-path.js';
import type { Segment } from './segment.js';

/** Explicit null of HL7: the field is to be emptied. */
const NULL = '""';

/** A value as stated: text, explicitly null (`""`), or not stated at all (`undefined`). */
export type Stated = string | null | undefined;

/** One repetition of a field that states something: text, or explicitly null. */
export interface StatedPlace {
  readonly segment: Segment;
  readonly repetition: number;
  readonly value: string | null;
}

/**
 * Segments that belong together (a whole message, or one order of it), read by paths. Those of a patient stand
 * in a group of their own that all of its orders share.
 */
export class SegmentGroup {
  readonly #own: readonly Segment[];
  readonly #byName = new Map<string, Segment[]>();

  /** @param shared segments that come before these; no segment of a name that it holds may be among them */
  constructor(
    segments: readonly Segment[],
    readonly shared?: SegmentGroup,
  ) {
    this.#own = segments;
    for (const segment of segments) {
      const named = this.#byName.get(segment.name);
      if (named) named.push(segment);
      else this.#byName.set(segment.name, [segment]);
    }
  }

  /** All segments, the shared ones first. */
  get segments(): readonly Segment[] {
    return this.shared ? [...this.shared.segments, ...this.#own] : this.#own;
  }

  /**
   * The first stated value at a path: undefined when it is empty, absent or explicitly null. Without a
   * selector the first repetition is read; of several segments, the first that states the field.
   */
  value(path: string): string | undefined {
    return this.stated(path) ?? undefined;
  }

  /** As {@link value}, telling explicit null (`""` in the message) from what is not stated. */
  stated(path: string): Stated {
    const place = parsePath(path);
    for (const segment of this.#chosen(place)) {
      const repetition = repetitionsOf(segment, place, place.repetition ?? { kind: 'index', index: 1 })[0];
      if (repetition === undefined) continue;
      const text = segment.text(place.field, repetition, place.component, place.subcomponent);
      if (text !== '') return text === NULL ? null : text;
    }
    return undefined;
  }

  /**
   * Every non-empty value at a path, over all its segments and, without a selector, all repetitions.
   *
   * @param atMost how many are read before the search ends
   */
  values(path: string, atMost = Infinity): string[] {
    return this.statedPlaces(path, atMost).flatMap(({ value }) => value ?? []);
  }

  /**
   * Where a path states anything, over all its segments and, without a selector, all repetitions.
   *
   * @param atMost how many values are read before the search ends
   */
  statedPlaces(path: string, atMost = Infinity): StatedPlace[] {
    const place = parsePath(path);
    const found: StatedPlace[] = [];
    let values = 0;
    for (const segment of this.#chosen(place)) {
      for (const repetition of repetitionsOf(segment, place, place.repetition)) {
        if (values >= atMost) return found;
        const text = segment.text(place.field, repetition, place.component, place.subcomponent);
        if (text === '') continue;
        found.push({ segment, repetition, value: text === NULL ? null : text });
        if (text !== NULL) values += 1;
      }
    }
    return found;
  }

  /** This group without some of its own segments. */
  without(segments: ReadonlySet<Segment>): SegmentGroup {
    return new SegmentGroup(
      this.#own.filter((segment) => !segments.has(segment)),
      this.shared,
    );
  }

  /** The value at the first path that states one; an explicit null ends the search. */
  firstOf(paths: readonly string[]): string | undefined {
    for (const path of paths) {
      const stated = this.stated(path);
      if (stated !== undefined) return stated ?? undefined;
    }
    return undefined;
  }

  /** The segments of one name, in order. */
  named(name: string): readonly Segment[] {
    return this.#byName.get(name) ?? this.shared?.named(name) ?? [];
  }

  #chosen(place: FieldPath): readonly Segment[] {
    const named = this.named(place.segment);
    const which = place.which;
    if (!which) return named;
    if (which.kind === 'index') return named.slice(which.index - 1, which.index);
    return named.filter((segment) => same(segment.text(which.at[0], 1, which.at[1]), which.value));
  }
}

function repetitionsOf(segment: Segment, place: FieldPath, selector: Selector | undefined): number[] {
  const count = segment.repetitions(place.field);
  const all = Array.from({ length: count }, (_, index) => index + 1);
  if (!selector) return all;
  if (selector.kind === 'index') return selector.index <= count ? [selector.index] : [];
  const [component, subcomponent] = selector.at;
  return all.filter((repetition) =>
    same(segment.text(place.field, repetition, component, subcomponent), selector.value),
  );
}

function same(a: string, b: string): boolean {
  return a.toUpperCase() === b.toUpperCase();
}
