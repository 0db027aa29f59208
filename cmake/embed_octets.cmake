# SPDX-License-Identifier: Apache-2.0
# Writes OUT, a C++ source that defines muster::wire::dictionary_octets(), which gives the octets of IN.
# usage: cmake -DIN=FILE -DOUT=FILE -P embed_octets.cmake
file(READ ${IN} octets HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," octets ${octets})
file(WRITE ${OUT} "#include \"core/wire/dictionary_octets.hpp\"\n\nnamespace muster::wire {\nnamespace {\nconstexpr std::uint8_t octets[] = {${octets}};\n}\nBytesView dictionary_octets() { return octets; }\n}\n")
