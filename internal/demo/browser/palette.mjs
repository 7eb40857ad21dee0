// Makes a PNG smaller: 256 colours at most, which is enough for text and signs.
import { crc32 as crc, deflateSync, inflateSync } from "node:zlib";

const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);

// Takes a PNG of 8 bits a channel, as Chromium writes it, and returns one with a
// palette. The most frequent colours stay; of the others, those that are close
// become one as far as it must be.
export function smaller(png) {
  const { width, height, pixels } = decode(png);
  const kept = frequent(pixels, 128);
  for (let bits = 0; ; bits++) {
    const palette = new Map();
    const rows = Buffer.alloc((width + 1) * height);
    for (let y = 0, p = 0; y < height && palette.size <= 256; y++) {
      for (let x = 0; x < width; x++, p += 3) {
        let colour = pixels.readUIntBE(p, 3);
        if (!kept.has(colour)) colour = (near(pixels[p], bits) << 16) | (near(pixels[p + 1], bits) << 8) | near(pixels[p + 2], bits);
        if (!palette.has(colour)) palette.set(colour, palette.size);
        rows[y * (width + 1) + 1 + x] = palette.get(colour);
      }
    }
    if (palette.size > 256) continue;
    const head = Buffer.alloc(13);
    head.writeUInt32BE(width, 0);
    head.writeUInt32BE(height, 4);
    head.set([8, 3, 0, 0, 0], 8);
    const colours = Buffer.from([...palette.keys()].flatMap((c) => [c >> 16, (c >> 8) & 255, c & 255]));
    return Buffer.concat([signature, chunk("IHDR", head), chunk("PLTE", colours), chunk("IDAT", deflateSync(rows, { level: 9 })), chunk("IEND", Buffer.alloc(0))]);
  }
}

function frequent(pixels, n) {
  const counts = new Map();
  for (let p = 0; p < pixels.length; p += 3) {
    const colour = pixels.readUIntBE(p, 3);
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  return new Set([...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, n).map(([colour]) => colour));
}

// Rounds to the nearest step of 2^bits.
function near(value, bits) {
  const step = 1 << bits;
  return Math.min(255, Math.round(value / step) * step);
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  framed.set(body, 4);
  framed.writeUInt32BE(crc(body), body.length + 4);
  return framed;
}

// The pixels of a PNG as red, green, blue.
function decode(png) {
  const width = png.readUInt32BE(16);
  const height = png.readUInt32BE(20);
  const channels = { 2: 3, 6: 4 }[png[25]];
  if (png[24] !== 8 || !channels || png[28] !== 0) throw new Error("a PNG that Chromium would not write");
  const data = [];
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at);
    if (png.toString("latin1", at + 4, at + 8) === "IDAT") data.push(png.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  const raw = inflateSync(Buffer.concat(data));
  const row = width * channels;
  const pixels = Buffer.alloc(width * height * 3);
  let above = Buffer.alloc(row);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (row + 1)];
    const line = Buffer.from(raw.subarray(y * (row + 1) + 1, (y + 1) * (row + 1)));
    for (let i = 0; i < row; i++) {
      const left = i < channels ? 0 : line[i - channels];
      const corner = i < channels ? 0 : above[i - channels];
      line[i] += [0, left, above[i], (left + above[i]) >> 1, paeth(left, above[i], corner)][filter];
    }
    for (let x = 0; x < width; x++) line.copy(pixels, (y * width + x) * 3, x * channels, x * channels + 3);
    above = line;
  }
  return { width, height, pixels };
}

function paeth(left, up, corner) {
  const p = left + up - corner;
  const [a, b, c] = [Math.abs(p - left), Math.abs(p - up), Math.abs(p - corner)];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}
