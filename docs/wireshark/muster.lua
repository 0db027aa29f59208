-- SPDX-License-Identifier: Apache-2.0
-- Muster's datagrams between neighbours (docs/protocol/session.md) for Wireshark and tshark:
--   tshark -X lua_script:docs/wireshark/muster.lua -r FILE
-- or copied to the folder "Personal Lua Plugins" (Help, About Wireshark, Folders). What is sealed stays sealed.
local muster = Proto("muster", "Muster")

local TYPES = {
  [1] = "Beacon", [2] = "XX, first", [3] = "XX, second", [4] = "XX, third", [5] = "IK, first", [6] = "IK, second",
  [7] = "Refusal", [8] = "Cookie", [9] = "Cookied", [16] = "Data", [17] = "Probe", [18] = "Broadcast",
}
local DEFAULT_PORT = 7077
local TAG = 16
local MAC = 16
local KEY = 32
-- Octets of the Noise message that are an ephemeral key in the clear, and an encrypted static key (with its tag).
local NOISE = {
  [2] = { ephemeral = KEY }, [3] = { ephemeral = KEY, static = KEY + TAG }, [4] = { static = KEY + TAG },
  [5] = { ephemeral = KEY, static = KEY + TAG }, [6] = { ephemeral = KEY }, [7] = {},
}
-- The least length of a datagram, with an empty body.
local LEAST = { [1] = 41, [2] = 57, [3] = 129, [4] = 97, [5] = 161, [6] = 77, [7] = 25, [8] = 49, [9] = 17 + 57, [16] = 25, [17] = 25, [18] = 25 }

local f = muster.fields
f.type = ProtoField.uint8("muster.type", "Type", base.DEC, TYPES)
f.salt = ProtoField.bytes("muster.beacon.salt", "Salt of the sender's boot")
f.beacon_counter = ProtoField.uint64("muster.beacon.counter", "Counter")
f.sender = ProtoField.uint32("muster.sender_index", "Sender index", base.HEX)
f.receiver = ProtoField.uint32("muster.receiver_index", "Receiver index", base.HEX)
f.ephemeral = ProtoField.bytes("muster.noise.ephemeral", "Ephemeral key")
f.static = ProtoField.bytes("muster.noise.static", "Static key, encrypted")
f.payload = ProtoField.bytes("muster.noise.payload", "Payload, encrypted")
f.mac = ProtoField.bytes("muster.mac", "MAC under the discovery key")
f.nonce = ProtoField.bytes("muster.cookie.nonce", "Nonce")
f.cookie = ProtoField.bytes("muster.cookie.sealed", "Cookie, sealed")
f.proof = ProtoField.bytes("muster.cookie.proof", "Proof of a cookie")
f.key_id = ProtoField.uint32("muster.broadcast.key", "Sender key", base.HEX)
f.counter = ProtoField.uint32("muster.counter", "Counter, low half")
f.sealed = ProtoField.bytes("muster.sealed", "Sealed frame")
f.sealed_length = ProtoField.uint32("muster.sealed.length", "Octets of the frame")
f.tag = ProtoField.bytes("muster.tag", "Authentication tag")
f.handshake = ProtoField.framenum("muster.handshake", "Handshake that gave this index")

local too_short = ProtoExpert.new("muster.too_short", "Too short for its type", expert.group.MALFORMED, expert.severity.ERROR)
local unknown = ProtoExpert.new("muster.unknown", "No such type", expert.group.UNDECODED, expert.severity.WARN)
muster.experts = { too_short, unknown }

-- Where which index was announced: [address][index] = frames, ascending.
local announced = {}
function muster.init()
  announced = {}
end

local function announce(pinfo, index)
  local key = tostring(pinfo.src) .. " " .. index
  local frames = announced[key] or {}
  if not pinfo.visited and frames[#frames] ~= pinfo.number then
    frames[#frames + 1] = pinfo.number
    announced[key] = frames
  end
end

local function point_to_handshake(pinfo, tree, index)
  local found
  for _, frame in ipairs(announced[tostring(pinfo.dst) .. " " .. index] or {}) do
    if frame < pinfo.number then found = frame end
  end
  if found then tree:add(f.handshake, found):set_generated() end
end

local function add_beacon(buffer, tree)
  tree:add(f.salt, buffer(1, 16))
  tree:add(f.beacon_counter, buffer(17, 8))
  tree:add(f.sealed, buffer(25, buffer:len() - 25 - TAG))
  tree:add(f.tag, buffer(buffer:len() - TAG, TAG))
end

local function add_handshake(buffer, pinfo, tree, kind)
  tree:add(f.sender, buffer(1, 4))
  tree:add(f.receiver, buffer(5, 4))
  if buffer(1, 4):uint() ~= 0 then announce(pinfo, buffer(1, 4):uint()) end
  if buffer(5, 4):uint() ~= 0 then point_to_handshake(pinfo, tree, buffer(5, 4):uint()) end
  local at = 9
  for _, part in ipairs({ "ephemeral", "static" }) do
    local size = NOISE[kind][part]
    if size then
      tree:add(f[part], buffer(at, size))
      at = at + size
    end
  end
  local rest = buffer:len() - at - MAC
  if rest > 0 then tree:add(f.payload, buffer(at, rest)) end
  tree:add(f.mac, buffer(buffer:len() - MAC, MAC))
end

local function add_cookie(buffer, tree)
  tree:add(f.receiver, buffer(1, 4))
  tree:add(f.nonce, buffer(5, 12))
  tree:add(f.cookie, buffer(17, 32))
end

local function add_sealed(buffer, pinfo, tree, kind)
  if kind == 18 then
    tree:add(f.key_id, buffer(1, 4))
  else
    tree:add(f.receiver, buffer(1, 4))
    point_to_handshake(pinfo, tree, buffer(1, 4):uint())
  end
  tree:add(f.counter, buffer(5, 4))
  local size = buffer:len() - 9 - TAG
  if size > 0 then tree:add(f.sealed, buffer(9, size)) end
  tree:add(f.sealed_length, size):set_generated()
  tree:add(f.tag, buffer(buffer:len() - TAG, TAG))
end

local function dissect(buffer, pinfo, tree)
  local kind = buffer(0, 1):uint()
  tree:add(f.type, buffer(0, 1))
  if not TYPES[kind] then
    tree:add_proto_expert_info(unknown)
    return "Unknown type " .. kind
  end
  if buffer:len() < LEAST[kind] then
    tree:add_proto_expert_info(too_short)
    return TYPES[kind] .. ", too short"
  end
  if kind == 1 then
    add_beacon(buffer, tree)
  elseif kind == 8 then
    add_cookie(buffer, tree)
  elseif kind == 9 then
    tree:add(f.proof, buffer(1, 16))
    local inner = buffer(17):tvb()
    return "Cookied " .. dissect(inner, pinfo, tree:add(muster, inner(), "Message"))
  elseif kind <= 7 then
    add_handshake(buffer, pinfo, tree, kind)
  else
    add_sealed(buffer, pinfo, tree, kind)
    return string.format("%s, %d octets, counter %d", TYPES[kind], buffer:len() - 9 - TAG, buffer(5, 4):uint())
  end
  return TYPES[kind]
end

function muster.dissector(buffer, pinfo, tree)
  if buffer:len() == 0 then return 0 end
  pinfo.cols.protocol = "Muster"
  local words = dissect(buffer, pinfo, tree:add(muster, buffer()))
  pinfo.cols.info = words
  return buffer:len()
end

DissectorTable.get("udp.port"):add(DEFAULT_PORT, muster)
