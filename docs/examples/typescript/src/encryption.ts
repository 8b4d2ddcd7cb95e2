// Encrypts and decrypts payloads as carrierflow's worker does, with its keyset: AES-256-GCM in Tink's wire format. Copy it.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { METADATA_ENCODING_KEY, type DataConverter, type Payload, type PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';

const { Payload: Message } = proto.temporal.api.common.v1;

const encoding = 'binary/encrypted';
const associatedData = Buffer.from('carrierflow payload v1');
// A byte 1, the key id in four bytes, an IV, the ciphertext, a tag.
const prefixLength = 5;
const ivLength = 12;
const tagLength = 16;

/**
 * The data converter for a Client: `new Client({ connection, dataConverter: encrypted() })`. Undefined when there is no keyset in
 * CARRIERFLOW_ENCRYPTION_KEYS or in the file that CARRIERFLOW_ENCRYPTION_KEYS_FILE names; then nothing is encrypted.
 */
export function encrypted(env = process.env): DataConverter | undefined {
  const file = env['CARRIERFLOW_ENCRYPTION_KEYS_FILE'];
  const keyset = env['CARRIERFLOW_ENCRYPTION_KEYS'] || (file ? readFileSync(file, 'utf8') : '');
  if (!keyset) return undefined;
  return { payloadCodecs: [new Codec(keyset)] };
}

/** The part of a Tink keyset that is needed here. */
interface Keyset {
  primaryKeyId: number;
  key: { keyId: number; keyData: { typeUrl: string; value: string }; outputPrefixType: string }[];
}

export class Codec implements PayloadCodec {
  private readonly keys = new Map<number, Buffer>();
  private readonly primary: number;

  /** keyset is what `worker keys new` prints, or the same in base64. */
  constructor(keyset: string) {
    const text = keyset.trim();
    const parsed = JSON.parse(text.startsWith('{') ? text : Buffer.from(text, 'base64').toString()) as Keyset;
    for (const { keyId, keyData, outputPrefixType } of parsed.key) {
      if (!keyData.typeUrl.endsWith('AesGcmKey') || outputPrefixType !== 'TINK') throw new Error(`key ${keyId} is not for AES-GCM with Tink's prefix`);
      this.keys.set(keyId, keyIn(Buffer.from(keyData.value, 'base64')));
    }
    this.primary = parsed.primaryKeyId;
  }

  async encode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) => {
      const prefix = Buffer.alloc(prefixLength);
      prefix.writeUInt8(1, 0);
      prefix.writeUInt32BE(this.primary, 1);
      const iv = randomBytes(ivLength);
      const cipher = createCipheriv('aes-256-gcm', this.keys.get(this.primary)!, iv).setAAD(associatedData);
      const plain = Message.encode(payload).finish();
      return {
        metadata: { [METADATA_ENCODING_KEY]: Buffer.from(encoding), 'encryption-key-id': Buffer.from(String(this.primary)) },
        data: Buffer.concat([prefix, iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]),
      };
    });
  }

  async decode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) => {
      if (!payload.data || Buffer.from(payload.metadata?.[METADATA_ENCODING_KEY] ?? []).toString() !== encoding) return payload;
      const data = Buffer.from(payload.data);
      const id = data.readUInt32BE(1);
      const key = this.keys.get(id);
      if (!key) throw new Error(`a payload is encrypted with key ${id}, which is not in CARRIERFLOW_ENCRYPTION_KEYS`);
      const start = prefixLength + ivLength;
      const decipher = createDecipheriv('aes-256-gcm', key, data.subarray(prefixLength, start)).setAAD(associatedData);
      decipher.setAuthTag(data.subarray(-tagLength));
      const plain = Buffer.concat([decipher.update(data.subarray(start, -tagLength)), decipher.final()]);
      return Message.decode(plain);
    });
  }
}

/** The key in a serialized AesGcmKey message: its only field that has a value, number 3, is the key itself. */
function keyIn(message: Buffer): Buffer {
  const [tag, length] = message;
  if (tag !== 0x1a || length !== 32 || message.length !== 34) throw new Error('the keyset has to be for AES-256-GCM; "worker keys new" makes one');
  return message.subarray(2);
}
