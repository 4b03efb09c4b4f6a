import type { IncomingPacket } from './mysql2-connection.ts';

/** Reads a length-encoded integer and moves on. A bigint where 8 bytes were sent. NULL (0xfb) is not for this function. */
export function readLengthInteger(packet: IncomingPacket): number | bigint {
  const { buffer, offset } = packet;
  const first = buffer[offset]!;
  if (first < 0xfb) {
    packet.offset = offset + 1;
    return first;
  }
  if (first === 0xfc) {
    packet.offset = offset + 3;
    return buffer.readUInt16LE(offset + 1);
  }
  if (first === 0xfd) {
    packet.offset = offset + 4;
    return buffer.readUIntLE(offset + 1, 3);
  }
  packet.offset = offset + 9;
  return buffer.readBigUInt64LE(offset + 1);
}
