# SPDX-License-Identifier: Apache-2.0
# Writes OUT, a C++ source that defines the function NAME (declared in HEADER, namespace muster::sim), which gives the text of IN.
# usage: cmake -DIN=FILE -DOUT=FILE -DNAME=FUNCTION -DHEADER=FILE -P embed.cmake
file(READ ${IN} content)
file(WRITE ${OUT} "#include \"${HEADER}\"\n\nnamespace muster::sim {\nstd::string_view ${NAME}() {\n  return R\"muster(${content})muster\";\n}\n}\n")
