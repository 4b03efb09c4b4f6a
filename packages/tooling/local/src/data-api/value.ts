/** A number that must keep its digits. */
export class Decimal {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** The members an array may travel in. */
export type ArrayMember = 'booleanValues' | 'longValues' | 'doubleValues' | 'stringValues';

/** A one-dimensional array. `member` also says what an empty one is made of. */
export class ArrayOf {
  readonly member: ArrayMember;
  readonly items: readonly (boolean | bigint | number | string | null)[];
  constructor(member: ArrayMember, items: ArrayOf['items']) {
    this.member = member;
    this.items = items;
  }
}

/** What a column holds, in the terms of the service: `bigint` is its LONG, `number` its DOUBLE. */
export type Value = null | boolean | bigint | number | string | Uint8Array | Decimal | ArrayOf;
